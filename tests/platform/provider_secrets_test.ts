import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { unsubscribeLinks } from "../../packages/mail/unsubscribe_links.ts";
import { recommendationLinks } from "../../packages/modera/recommendations/link.ts";
import { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import {
  advanceClock,
  callFunction,
  callJson,
  newUser,
  platformDatabase,
  restartFunctions,
} from "../harness/platform.ts";
import {
  completedAnalysis,
  makePartner,
  makeProducts,
  makeRecommendation,
} from "../database/modera/shops.ts";
import { mailEvent } from "../http/campaign.ts";
import { pixel, readTryOn, startTryOn } from "../http/fitting_room.ts";
import { userWithCredits } from "../http/people.ts";
import { deliver, sale, sessionOf, stripeEvent } from "../http/stripe.ts";
import { initDataOf, newTelegramUser } from "../http/telegram.ts";
import { asAtFirst, freshSecret, statusOf, withOtherSecrets } from "./rotation.ts";

const { mail_webhook_secret, mail_link_secret } = testPlatform();
/** A secret as Standard Webhooks writes it. */
const freshWebhookSecret = () => `whsec_${btoa(crypto.randomUUID())}`;

/** An AI provider that takes what a caller with its token asks; whatever it took is done when it is told. */
class Atelier {
  done = false;
  readonly webhooks: string[] = [];
  readonly server: FakeProvider;

  constructor(token: string, kind: "replicate" | "fashn") {
    this.server = new FakeProvider(async (request, path) => {
      if (path === "/picture.png") return new Response(pixel);
      if (request.headers.get("authorization") !== `Bearer ${token}`) {
        return Response.json({ detail: "unauthenticated" }, { status: 401 });
      }
      const { searchParams } = new URL(request.url);
      const body = request.method === "POST" ? await request.json() : {};
      const webhook = body.webhook ?? searchParams.get("webhook_url");
      if (webhook) this.webhooks.push(webhook);
      const [ended, output] = kind === "fashn"
        ? ["completed", [this.picture]]
        : ["succeeded", { image: this.picture, engine: "test" }];
      return Response.json(
        this.done
          ? { id: "p-1", status: ended, output }
          : { id: `p-${crypto.randomUUID()}`, status: "processing" },
      );
    });
  }

  get picture(): string {
    return `${this.server.url}/picture.png`;
  }

  get tokens(): Set<string | null> {
    return new Set(
      this.server.requests.filter(({ path }) => path !== "/picture.png")
        .map(({ authorization }) => authorization),
    );
  }
}

Deno.test("RUNBOOK: while the mail service's signing secret is rotated both are good, then the new one alone", async () => {
  const next = freshWebhookSecret();
  const told = async (secret: string) =>
    (await mailEvent("email.delivered", crypto.randomUUID(), { secret })).status;
  const old = mail_webhook_secret;
  await withOtherSecrets({ RESEND_WEBHOOK_SECRET: `${old} ${next}` }, async () => {
    assert.deepEqual([await told(old), await told(next)], [200, 200]);
  });
  await withOtherSecrets({ RESEND_WEBHOOK_SECRET: next }, async () => {
    assert.deepEqual([await told(old), await told(next)], [400, 200]);
  });
});

Deno.test("RUNBOOK: mail that the service refused with its old key is sent with the new one", async () => {
  const next = freshSecret("re_");
  const answers: number[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const known = request.headers.get("authorization") === `Bearer ${next}`;
      answers.push(known ? 200 : 401);
      return known
        ? Response.json({ id: crypto.randomUUID() })
        : Response.json({ name: "invalid_api_key" }, { status: 401 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const rotated = { RESEND_API_KEY: next, RESEND_API_URL: url };
  await restartFunctions({ ...rotated, RESEND_API_KEY: "re_local" });
  try {
    await deliver(
      stripeEvent("checkout.session.completed", sessionOf(await sale(await newUser()))),
    );
    await eventually(() => Promise.resolve(answers), (all) => all.includes(401));
    await restartFunctions(rotated);
    await advanceClock("10 minutes");
    await eventually(() => Promise.resolve(answers), (all) => all.includes(200));
  } finally {
    await restartFunctions(asAtFirst(rotated));
  }
});

Deno.test("RUNBOOK: a rotated token of Replicate's API is the one that is sent, and its rotated signing secret the one that is believed", async () => {
  const token = freshSecret("r8_");
  const [old, next] = [freshWebhookSecret(), freshWebhookSecret()];
  const atelier = new Atelier(token, "replicate");
  await using server = atelier.server;
  const secrets = {
    PREDICTION_PROVIDER: "replicate",
    REPLICATE_API_URL: server.url,
    REPLICATE_API_TOKEN: token,
    REPLICATE_WEBHOOK_SECRET: old,
  };
  await withOtherSecrets(secrets, async () => {
    const user = await userWithCredits(10);
    const { body } = await startTryOn(user);
    const [webhook = ""] = await eventually(
      () => Promise.resolve(atelier.webhooks),
      ({ length }) => length > 0,
    );
    assert.deepEqual(atelier.tokens, new Set([`Bearer ${token}`]));
    await restartFunctions({ REPLICATE_WEBHOOK_SECRET: next });
    const said = JSON.stringify({ id: "p-1", status: "processing" });
    for (const secret of [old, next]) {
      const [id, at] = [crypto.randomUUID(), new Date()];
      const headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(id, at, said),
      };
      const answer = await fetch(webhook, { method: "POST", headers, body: said });
      assert.equal((await answer.json()).code, "invalid_signature", "its address is of before");
    }
    atelier.done = true;
    await advanceClock("2 minutes");
    const ended = await eventually(
      () => readTryOn(user, body.try_on_id),
      ({ status }) => status !== "processing",
    );
    assert.equal(ended.status, "completed", "the poll settles what was under way");
  });
});

Deno.test("RUNBOOK: a rotated key of FASHN's API is the one that is sent, and its rotated secret ends the addresses given out before", async () => {
  const key = freshSecret("fa-");
  const [old, next] = [freshSecret("old"), freshSecret("new")];
  const atelier = new Atelier(key, "fashn");
  await using server = atelier.server;
  const secrets = {
    PREDICTION_PROVIDER: "fashn",
    FASHN_API_URL: server.url,
    FASHN_API_KEY: key,
    FASHN_WEBHOOK_SECRET: old,
    FASHN_OUTPUT_HOSTS: server.host,
  };
  await withOtherSecrets(secrets, async () => {
    const user = await userWithCredits(10);
    const { body } = await startTryOn(user);
    const [webhook = ""] = await eventually(
      () => Promise.resolve(atelier.webhooks),
      ({ length }) => length > 0,
    );
    assert.deepEqual(atelier.tokens, new Set([`Bearer ${key}`]));
    await restartFunctions({ FASHN_WEBHOOK_SECRET: next });
    const told = { method: "POST", headers: { "content-type": "application/json" } };
    const answer = await fetch(webhook, { ...told, body: JSON.stringify({ id: "p-1" }) });
    assert.equal((await answer.json()).code, "invalid_signature");
    atelier.done = true;
    await advanceClock("2 minutes");
    const ended = await eventually(
      () => readTryOn(user, body.try_on_id),
      ({ status }) => status !== "processing",
    );
    assert.equal(ended.status, "completed", "the poll settles what was under way");
  });
});

Deno.test("RUNBOOK: with another token of the bot, initData of the old one is 401 and of the new one good", async () => {
  const token = `200:${freshSecret("")}`;
  const signIn = async (signedWith?: string) => {
    const init_data = await initDataOf(
      newTelegramUser(),
      signedWith === undefined ? {} : { token: signedWith },
    );
    return await statusOf("telegram-sign-in", { body: { init_data } });
  };
  await withOtherSecrets({ TELEGRAM_BOT_TOKEN: token }, async () => {
    assert.deepEqual([await signIn(), await signIn(token)], [401, 200]);
  });
});

Deno.test("RUNBOOK: with another secret of links in mails, those of before lead nowhere", async () => {
  const next = freshSecret("links ");
  const of = async (secret: string) => {
    const links = unsubscribeLinks("https://example.com", secret);
    const subscription = {
      product: "modera",
      campaignId: crypto.randomUUID(),
      digest: "0".repeat(64),
    };
    const { oneClick } = await links.of(subscription);
    return `email-unsubscribe?token=${new URL(oneClick).searchParams.get("token")}`;
  };
  const status = async (secret: string) => await statusOf(await of(secret), {});
  assert.equal(await status(mail_link_secret), 200);
  await withOtherSecrets({ MAIL_LINK_SECRET: next }, async () => {
    assert.deepEqual([await status(mail_link_secret), await status(next)], [404, 200]);
  });
});

Deno.test("RUNBOOK: with another secret of recommendations' links, those of before are not ours", async () => {
  const [old, next] = [freshSecret("old links "), freshSecret("new links ")];
  const recommendation = await recommended();
  const follow = async (secret: string) => {
    const link = await recommendationLinks("https://example.com", secret).of(recommendation);
    const answer = await callFunction(`recommendation-click${new URL(link).search}`);
    await answer.body?.cancel();
    return answer.status;
  };
  await withOtherSecrets({ RECOMMENDATION_LINK_SECRET: old }, async () => {
    assert.deepEqual([await follow(old), await follow(next)], [302, 404]);
    await restartFunctions({ RECOMMENDATION_LINK_SECRET: next });
    assert.deepEqual([await follow(old), await follow(next)], [404, 302]);
  });
});

/** A recommendation of a partner's product. */
async function recommended(): Promise<string> {
  const { id } = await newUser();
  const sql = platformDatabase();
  try {
    await sql`select private.modera_admit(${id})`;
    const [profile] = await sql`select id from modera.profiles where auth_user_id = ${id}`;
    const userId: string = profile?.["id"];
    const analysis = await completedAnalysis(sql, userId, {});
    const partner = await makePartner(sql);
    await makeProducts(sql, partner, [{ product_id: "p1" }]);
    return await makeRecommendation(sql, { userId, analysis, partner });
  } finally {
    await sql.end();
  }
}

Deno.test("RUNBOOK: a rotated publishable key is the one by which functions ask Auth", async () => {
  const next = freshSecret("sb_publishable_");
  const sent: (string | null)[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      sent.push(request.headers.get("apikey"));
      return Response.json({}, { status: 503 });
    },
  );
  const user = newTelegramUser();
  const secrets = {
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: next }),
    SUPABASE_URL: `http://127.0.0.1:${server.addr.port}`,
  };
  await withOtherSecrets(secrets, async () => {
    const init_data = await initDataOf(user);
    await callJson("telegram-sign-in", { body: { init_data } });
    assert.ok(sent.length > 0);
    assert.ok(!sent.includes(testPlatform().publishable_key), "the old one is not sent");
    const caller = await newUser();
    assert.equal(await statusOf("credit-balance?product=modera", { caller }), 200);
  });
});
