import assert from "node:assert/strict";
import postgres from "postgres";
import Stripe from "stripe";
import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, restartFunctions } from "../harness/platform.ts";
import { freshKey } from "../http/people.ts";
import { freshSecret, statusOf, withSecrets } from "./rotation.ts";

const { secret_key, automations_key, stripe_webhook_secret, stripe_url, db_url } = testPlatform();
const stripe = new Stripe("sk_test_unused");
Deno.test("RUNBOOK: a rotated secret key opens what the old one opened, and the old one nothing", async () => {
  const next = freshSecret("sb_secret_");
  const keys = (key: string) => JSON.stringify({ default: key, automations: automations_key });
  await withSecrets(
    { SUPABASE_SECRET_KEYS: keys(next) },
    { SUPABASE_SECRET_KEYS: keys(secret_key) },
    async () => {
      const request = (apikey: string) => ({
        headers: { apikey },
        key: freshKey(),
        body: { product: "modera", holder: crypto.randomUUID(), amount: 1 },
      });
      assert.equal(await statusOf("credit-debit", request(next)), 404);
      assert.equal(await statusOf("credit-debit", request(secret_key)), 401);
    },
  );
});

Deno.test("RUNBOOK: cron's key is rotated in two places, and calls in between are tried again", async () => {
  const next = freshSecret("sb_secret_");
  const sql = platformDatabase();
  const keys = (key: string) => JSON.stringify({ default: secret_key, automations: key });
  const inVault = (key: string) =>
    sql`select vault.update_secret(s.id, ${key}) from vault.secrets s where s.name = 'automations_key'`;
  const outcome = async () => {
    const [asked] = await sql`select private.invoke_function('session-expiry') as id`;
    const [answer] = await eventually(
      () => sql`select status_code from net._http_response where id = ${asked?.["id"]}`,
      ({ length }) => length > 0,
    );
    return answer?.["status_code"];
  };
  try {
    await withSecrets(
      { SUPABASE_SECRET_KEYS: keys(next) },
      { SUPABASE_SECRET_KEYS: keys(automations_key) },
      async () => {
        assert.equal(await outcome(), 401, "Vault still has the old key");
        await inVault(next);
        assert.equal(await outcome(), 200);
      },
    );
  } finally {
    await inVault(automations_key);
    await sql.end();
  }
});

Deno.test("RUNBOOK: while Stripe's signing secret is rotated both are good, then the new one alone", async () => {
  const next = freshSecret("whsec_");
  const event = JSON.stringify({
    id: freshSecret("evt_"),
    object: "event",
    type: "product.created",
    api_version: "2026-01-01",
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: { object: { id: "prod_1", object: "product" } },
  });
  const told = async (secret: string) => {
    const signature = await stripe.webhooks.generateTestHeaderStringAsync({
      payload: event,
      secret,
    });
    return await statusOf("stripe-webhook", {
      method: "POST",
      body: event,
      headers: { "content-type": "application/json", "stripe-signature": signature },
    });
  };
  const old = stripe_webhook_secret ?? "";
  await withSecrets({ STRIPE_WEBHOOK_SECRET: `${old},${next}` }, {}, async () => {
    assert.deepEqual([await told(old), await told(next)], [200, 200]);
  });
  await withSecrets({ STRIPE_WEBHOOK_SECRET: next }, { STRIPE_WEBHOOK_SECRET: old }, async () => {
    assert.deepEqual([await told(old), await told(next)], [400, 200]);
  });
});

Deno.test("RUNBOOK: a rotated key of Stripe's API is the one that is sent", async () => {
  const next = freshSecret("sk_test_");
  const sent: (string | null)[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      sent.push(request.headers.get("authorization"));
      return new Response(null, { status: 503 });
    },
  );
  const user = await newUser();
  const keys = { STRIPE_SECRET_KEY: next, STRIPE_API_URL: `http://127.0.0.1:${server.addr.port}` };
  const before = { STRIPE_SECRET_KEY: "sk_test_local", STRIPE_API_URL: stripe_url };
  await withSecrets(keys, before, async () => {
    const body = { product: "modera", offer: "basic" };
    assert.equal(await statusOf("checkout", { caller: user, key: freshKey(), body }), 503);
  });
  assert.ok(sent.length > 0 && sent.every((one) => one === `Bearer ${next}`), String(sent));
});

Deno.test("RUNBOOK: a rotated secret of the bot's webhook is the only one that is heard", async () => {
  const next = freshSecret("");
  const told = (secret: string) =>
    statusOf("telegram-webhook", {
      body: { message: 1 },
      headers: { "x-telegram-bot-api-secret-token": secret },
    });
  const keys = { TELEGRAM_WEBHOOK_SECRET: next };
  await withSecrets(keys, { TELEGRAM_WEBHOOK_SECRET: "local" }, async () => {
    // 400: heard, and not understood.
    assert.deepEqual([await told(next), await told("local")], [400, 401]);
  });
});

Deno.test("RUNBOOK: a rotated password of the functions' login is the one that is used", async () => {
  const next = freshSecret("");
  const [superuser, login] = [new URL(db_url), new URL(db_url)];
  superuser.username = "supabase_admin";
  login.username = "tessera_functions";
  const before = login.href;
  login.password = next;
  const sql = postgres(superuser.href, { max: 1, onnotice: () => {} });
  const ready = async () => (await callJson<{ status: string }>("health")).status;
  try {
    await sql.unsafe(`alter role tessera_functions password '${next}'`);
    await withSecrets(
      { FUNCTIONS_DB_URL: before },
      {},
      async () => assert.equal(await ready(), 503),
    );
    await restartFunctions({ FUNCTIONS_DB_URL: login.href });
    assert.equal(await ready(), 200);
  } finally {
    await sql.unsafe(`alter role tessera_functions password 'postgres'`);
    await restartFunctions({ FUNCTIONS_DB_URL: before });
    await sql.end();
  }
});
