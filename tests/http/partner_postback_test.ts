import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { completedAnalysis, makeRecommendation } from "../database/modera/shops.ts";
import { callJson, newUser, platformDatabase } from "../harness/platform.ts";
import { type ProblemBody } from "./people.ts";
import { Shop } from "./shop.ts";

type Commission = {
  commission_id: string;
  status: string;
  amount: number;
  currency: string;
  rate: number;
  clears_at: string;
};

/** A partner who can sign, and a recommendation that somebody has followed to it. */
class Counter {
  private constructor(
    readonly shop: Shop,
    readonly secret: string,
    readonly recommendation: string,
  ) {}

  static async open(): Promise<Counter> {
    const shop = await Shop.open();
    const user = await newUser();
    const sql = platformDatabase();
    try {
      await sql`select private.modera_admit(${user.id})`;
      const [profile] = await sql`select id from modera.profiles where auth_user_id = ${user.id}`;
      const [partner] =
        await sql`select id, code, name from modera.partners where code = ${shop.code}`;
      const userId = profile!["id"];
      const recommendation = await makeRecommendation(sql, {
        userId,
        analysis: await completedAnalysis(sql, userId),
        partner: { id: partner!["id"], code: shop.code, name: partner!["name"] },
      });
      await sql`select private.modera_click_recommendation(${recommendation})`;
      return new Counter(shop, await Counter.secretOf(shop), recommendation);
    } finally {
      await sql.end();
    }
  }

  static async secretOf(shop: Shop, grace_hours = 24): Promise<string> {
    const { body } = await callJson<{ secret: string }>(`partners/${shop.code}/secret`, {
      caller: shop.admin,
      body: { grace_hours },
    });
    return body.secret;
  }

  message(change: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      type: "purchase",
      recommendation_id: this.recommendation,
      order_id: "order-1",
      amount: 5000,
      currency: "USD",
      occurred_at: "2026-01-01T10:00:00+03:00",
      ...change,
    };
  }

  /** Posts a message, signed by the partner unless the test says how. */
  async post<T = Commission>(
    message: Record<string, unknown>,
    options: { id?: string; secret?: string; at?: Date; partner?: string; tamper?: string } = {},
  ): Promise<{ status: number; body: T }> {
    const { id = crypto.randomUUID(), secret = this.secret, at = new Date() } = options;
    const text = JSON.stringify(message);
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, text),
    };
    return await callJson<T>(`partner-postback?partner=${options.partner ?? this.shop.code}`, {
      method: "POST",
      headers,
      body: options.tamper ?? text,
    });
  }

  /** All commissions of the partner, and how many of its messages were kept. */
  async state(): Promise<unknown> {
    const sql = platformDatabase();
    try {
      const [row] = await sql`select
        (select jsonb_agg(to_jsonb(c) order by c.id) from modera.commissions c join modera.partners p on p.id = c.partner_id
          where p.code = ${this.shop.code}) as commissions,
        (select count(*)::int from events.inbox i where i.event_id like ${`${this.shop.code}:%`}) as messages`;
      return row;
    } finally {
      await sql.end();
    }
  }
}

Deno.test("M-23: a signed purchase books a commission, and a signed reversal takes it back", async () => {
  const counter = await Counter.open();
  const { status, body } = await counter.post(counter.message());
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.status, body.amount, body.currency, body.rate], [
    "pending",
    500,
    "USD",
    0.1,
  ]);
  const { amount: _, currency: __, ...reversal } = counter.message({
    type: "reversal",
    reason: "returned",
  });
  const reversed = await counter.post(reversal);
  assert.deepEqual([reversed.status, reversed.body.status], [200, "reversed"]);
});

Deno.test("M-23: a postback that is not signed by this partner, now, is refused and leaves nothing", async () => {
  const [counter, other] = [await Counter.open(), await Counter.open()];
  const message = counter.message();
  const minutes = (n: number) => new Date(Date.now() + n * 60_000);
  const before = await counter.state();
  const attempts = [
    counter.post<ProblemBody>(message, { secret: other.secret }),
    counter.post<ProblemBody>(message, { partner: other.shop.code }),
    counter.post<ProblemBody>(message, { partner: "nobody" }),
    counter.post<ProblemBody>(message, { at: minutes(-6) }),
    counter.post<ProblemBody>(message, { at: minutes(6) }),
    counter.post<ProblemBody>(message, { tamper: JSON.stringify({ ...message, amount: 500_000 }) }),
    callJson<ProblemBody>(`partner-postback?partner=${counter.shop.code}`, { body: message }),
  ];
  for (const { status, body } of await Promise.all(attempts)) {
    assert.deepEqual([status, body.code], [400, "invalid_signature"]);
  }
  assert.deepEqual(await counter.state(), before);
});

Deno.test("M-23: what a partner may not report is refused by name and leaves nothing", async () => {
  const [counter, other] = [await Counter.open(), await Counter.open()];
  const before = await counter.state();
  const refusals: [change: Record<string, unknown>, status: number, code: string][] = [
    [{ amount: -100 }, 422, "invalid_amount"],
    [{ amount: 0 }, 422, "invalid_amount"],
    [{ amount: 10.5 }, 422, "invalid_request"],
    [{ amount: "5000" }, 422, "invalid_request"],
    [{ currency: "EUR" }, 422, "currency_mismatch"],
    [{ recommendation_id: crypto.randomUUID() }, 404, "unknown_recommendation"],
    [{ recommendation_id: other.recommendation }, 404, "unknown_recommendation"],
    [{ recommendation_id: "1" }, 422, "invalid_request"],
    [{ commission: 9999 }, 422, "invalid_request"],
    [{ type: "gift" }, 422, "invalid_request"],
  ];
  for (const [change, status, code] of refusals) {
    const refused = await counter.post<ProblemBody>(counter.message(change));
    assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(change));
  }
  assert.deepEqual(await counter.state(), before);
});

Deno.test("M-23: a replayed postback, at once or later, books nothing more", async () => {
  const counter = await Counter.open();
  const id = crypto.randomUUID();
  const all = await Promise.all(
    Array.from({ length: 4 }, () => counter.post<ProblemBody>(counter.message(), { id })),
  );
  assert.deepEqual(all.map(({ status }) => status).toSorted(), [200, 409, 409, 409]);
  const booked = await counter.state();
  const again = await counter.post<ProblemBody>(counter.message(), { id });
  assert.deepEqual([again.status, again.body.code], [409, "already_received"]);
  const anew = await counter.post<ProblemBody>(counter.message());
  assert.deepEqual([anew.status, anew.body.code], [409, "already_purchased"]);
  assert.deepEqual(await counter.state(), booked);
});

Deno.test("a message that was refused may be sent again once it is right", async () => {
  const counter = await Counter.open();
  const id = crypto.randomUUID();
  const refused = await counter.post(counter.message({ currency: "EUR" }), { id });
  assert.equal(refused.status, 422);
  assert.equal((await counter.post(counter.message(), { id })).status, 200);
});

Deno.test("a rotated secret is taken for its grace, a leaked one no more", async () => {
  const counter = await Counter.open();
  const newer = await Counter.secretOf(counter.shop);
  const wrong = counter.message({ currency: "EUR" });
  assert.equal((await counter.post(wrong)).status, 422);
  assert.equal((await counter.post(wrong, { secret: newer })).status, 422);
  const newest = await Counter.secretOf(counter.shop, 0);
  assert.equal((await counter.post(wrong, { secret: newer })).status, 400);
  assert.equal((await counter.post(wrong)).status, 400);
  assert.equal((await counter.post(wrong, { secret: newest })).status, 422);
});
