import assert from "node:assert/strict";
import { Modera } from "./modera.ts";
import { completedAnalysis, makePartner, makeRecommendation, type Partner } from "./shops.ts";

type Booked = {
  commission_id: string;
  status: string;
  amount: number;
  currency: string;
  rate: number;
};

/** A recommendation whose link was followed, and what its partner reports. */
class Sale implements AsyncDisposable {
  private constructor(readonly modera: Modera, readonly partner: Partner, readonly id: string) {}

  static async open(options: { rate?: number; clicked?: boolean } = {}): Promise<Sale> {
    const modera = await Modera.open();
    const person = await modera.person();
    const analysis = await completedAnalysis(modera.sql, person.userId);
    const partner = await makePartner(modera.sql, { rate: options.rate ?? 0.1 });
    const id = await makeRecommendation(modera.sql, { userId: person.userId, analysis, partner });
    if (options.clicked ?? true) await modera.service("click_recommendation", id);
    return new Sale(modera, partner, id);
  }

  post(
    change: Record<string, string | number> = {},
    { partner = this.partner, event = crypto.randomUUID() as string } = {},
  ): Promise<Booked> {
    const effect = {
      type: "purchase",
      recommendation_id: this.id,
      order_id: "o1",
      amount: 4995,
      currency: "USD",
      occurred_at: "2026-01-01T00:00:00Z",
      ...change,
    };
    const { sql } = this.modera;
    return this.modera.service(
      "apply_postback",
      partner.code,
      event,
      sql.json(effect),
      sql.json(effect),
    );
  }

  /** All that a postback could have written. */
  async state(): Promise<unknown> {
    const [row] = await this.modera.sql`select
      (select jsonb_agg(c order by c.order_id) from modera.commissions c) as commissions,
      (select count(*)::int from events.inbox) as events,
      (select count(*)::int from audit.log where action like 'commission.%') as audited`;
    return row;
  }

  clear(): Promise<unknown> {
    return this.modera.sql`select private.run_job('modera-commission-clearing')`;
  }

  async status(): Promise<string> {
    const [row] = await this.modera
      .sql`select commission_status as status from modera.product_recommendations`;
    return row!["status"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.modera[Symbol.asyncDispose]();
  }
}

Deno.test("M-23: a purchase books a commission with currency, rate, state and proof", async () => {
  await using sale = await Sale.open();
  const booked = await sale.post();
  assert.deepEqual([booked.status, booked.amount, booked.currency, booked.rate], [
    "pending",
    500,
    "USD",
    0.1,
  ]);
  await sale.modera.sql`update modera.partners set commission_rate = 0.5`;
  const [row] = await sale.modera.sql`
    select r.user_purchased, r.affiliate_commission, r.commission_currency, r.commission_rate, r.commission_status,
      c.clears_at - c.purchased_at as clears_after, i.provider, i.state, i.effect ->> 'order_id' as proof
    from modera.product_recommendations r join modera.commissions c on c.recommendation_id = r.id
    join events.inbox i on i.id = c.purchase_event_id`;
  assert.deepEqual({ ...row }, {
    user_purchased: true,
    affiliate_commission: "500",
    commission_currency: "USD",
    commission_rate: "0.1000",
    commission_status: "pending",
    clears_after: "14 days",
    provider: "modera_partner",
    state: "processed",
    proof: "o1",
  });
});

Deno.test("M-23: a commission clears after 14 days, and is final then", async () => {
  await using sale = await Sale.open();
  await sale.post();
  await sale.modera.kernel.database.advanceClock("13 days 23 hours");
  await sale.clear();
  assert.equal(await sale.status(), "pending");
  await sale.modera.kernel.database.advanceClock("1 hour");
  await assert.rejects(sale.post({ type: "reversal", reason: "late" }), {
    message: "commission_closed",
  });
  await sale.clear();
  await sale.clear();
  assert.equal(await sale.status(), "cleared");
  await assert.rejects(sale.post({ type: "reversal", reason: "late" }), {
    message: "commission_closed",
  });
  const audited = await sale.modera.sql`select from audit.log where action = 'commission.cleared'`;
  assert.equal(audited.length, 1);
});

Deno.test("M-23: a reversal within 14 days takes the commission back for good", async () => {
  await using sale = await Sale.open();
  await sale.post();
  const reversed = await sale.post({ type: "reversal", reason: "returned" });
  assert.equal(reversed.status, "reversed");
  await sale.modera.kernel.database.advanceClock("15 days");
  await sale.clear();
  assert.equal(await sale.status(), "reversed");
  await assert.rejects(sale.post({ type: "reversal" }), { message: "commission_closed" });
  await assert.rejects(sale.post(), { message: "already_purchased" });
  const [row] = await sale.modera
    .sql`select reversal_reason, reversal_event_id is not null as proven from modera.commissions`;
  assert.deepEqual({ ...row }, { reversal_reason: "returned", proven: true });
});

const refused: [what: string, change: Record<string, string | number>, code: string][] = [
  ["of a negative amount", { amount: -100 }, "invalid_amount"],
  ["of nothing", { amount: 0 }, "invalid_amount"],
  ["in another currency", { currency: "EUR" }, "currency_mismatch"],
  ["for no recommendation", { recommendation_id: crypto.randomUUID() }, "unknown_recommendation"],
  ["of another kind", { type: "gift" }, "invalid_request"],
  ["that reverses what was not bought", { type: "reversal" }, "unknown_purchase"],
];

for (const [what, change, code] of refused) {
  Deno.test(`M-23: a postback ${what} changes nothing: ${code}`, async () => {
    await using sale = await Sale.open();
    const before = await sale.state();
    await assert.rejects(sale.post(change), { message: code });
    assert.deepEqual(await sale.state(), before);
  });
}

Deno.test("M-23: a postback for another partner's recommendation changes nothing", async () => {
  await using sale = await Sale.open();
  const other = await makePartner(sale.modera.sql);
  const before = await sale.state();
  await assert.rejects(sale.post({}, { partner: other }), { message: "unknown_recommendation" });
  assert.deepEqual(await sale.state(), before);
  await sale.post();
  const booked = await sale.state();
  await assert.rejects(sale.post({ type: "reversal" }, { partner: other }), {
    message: "unknown_recommendation",
  });
  assert.deepEqual(await sale.state(), booked);
});

Deno.test("M-23: a purchase that nobody clicked for is refused", async () => {
  await using sale = await Sale.open({ clicked: false });
  await assert.rejects(sale.post(), { message: "not_clicked" });
});

Deno.test("M-23: no double commission: replayed, told anew, at once, or for two recommendations of one order", async () => {
  await using sale = await Sale.open();
  const { modera, partner } = sale;
  const event = crypto.randomUUID();
  const all = await Promise.allSettled([
    ...Array.from({ length: 5 }, () => sale.post({}, { event })),
    ...Array.from({ length: 5 }, () => sale.post()),
  ]);
  assert.equal(all.filter(({ status }) => status === "fulfilled").length, 1);
  const codes = all.flatMap((one) => one.status === "rejected" ? [one.reason.message] : []);
  assert.deepEqual(
    [...new Set(codes)].filter((code) => !/^already_(received|purchased)$/.test(code)),
    [],
  );

  await assert.rejects(sale.post({ order_id: "o2" }), { message: "already_purchased" });
  const [row] = await modera.sql`select user_id from modera.recommendations`;
  const analysis = await completedAnalysis(modera.sql, row!["user_id"]);
  const second = await makeRecommendation(modera.sql, {
    userId: row!["user_id"],
    analysis,
    partner,
  });
  await modera.service("click_recommendation", second);
  await assert.rejects(sale.post({ recommendation_id: second }), { message: "already_purchased" });
  assert.equal((await modera.sql`select from modera.commissions`).length, 1);
  assert.equal((await modera.sql`select from events.inbox`).length, 1);
});

Deno.test("M-23: another partner may name its events and orders the same", async () => {
  await using sale = await Sale.open();
  const { modera } = sale;
  await sale.post({}, { event: "1" });
  const [row] = await modera.sql`select user_id, style_analysis_id from modera.recommendations`;
  const partner = await makePartner(modera.sql);
  const id = await makeRecommendation(modera.sql, {
    userId: row!["user_id"],
    analysis: row!["style_analysis_id"],
    partner,
  });
  await modera.service("click_recommendation", id);
  await sale.post({ recommendation_id: id }, { partner, event: "1" });
  assert.equal((await modera.sql`select from modera.commissions`).length, 2);
});

for (
  const [amount, rate, commission] of [[1, 0.1, 0], [5, 0.1, 1], [4995, 0.1, 500], [
    3333,
    0.0725,
    242,
  ], [100, 0, 0]] as const
) {
  Deno.test(`a share of ${rate} in ${amount} is ${commission}`, async () => {
    await using sale = await Sale.open({ rate });
    assert.equal((await sale.post({ amount })).amount, commission);
  });
}

Deno.test("X-06: a commission outlives the recommendation and the person", async () => {
  await using sale = await Sale.open();
  await sale.post();
  await sale.modera.sql`delete from modera.style_analyses`;
  const [row] = await sale.modera
    .sql`select recommendation_id, amount::int from modera.commissions`;
  assert.deepEqual({ ...row }, { recommendation_id: null, amount: 500 });
});

Deno.test("M-22: a commission moves by its machine alone", async () => {
  await using sale = await Sale.open();
  await sale.post();
  await sale.post({ type: "reversal" });
  await assert.rejects(
    sale.modera
      .sql`update modera.commissions set status = 'cleared', cleared_at = clears_at, reversed_at = null, reversal_event_id = null`,
    { message: "illegal_transition" },
  );
});

Deno.test("a partner's secrets are in Vault alone, rotate with a grace, and are read by the service alone", async () => {
  await using modera = await Modera.open();
  const { code } = await makePartner(modera.sql);
  const admin = await modera.person();
  const rotate = (hours: number) =>
    modera.as("authenticated", admin, async (tx) => {
      const [row] =
        await tx`select modera.rotate_partner_secret(${code}, make_interval(hours => ${hours})) as made`;
      return row!["made"].secret as string;
    });
  await assert.rejects(rotate(24), { message: "admin_required" });
  await modera.sql`select private.appoint_admin(${admin.id}, 'modera', 'test')`;
  const live = () => modera.service<string[]>("partner_secrets", code);
  assert.deepEqual(await live(), []);
  const first = await rotate(24);
  assert.match(first, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await modera.kernel.database.advanceClock("1 second");
  const second = await rotate(24);
  assert.deepEqual(await live(), [second, first]);
  await modera.kernel.database.advanceClock("25 hours");
  assert.deepEqual(await live(), [second]);
  const leaked = await rotate(0);
  assert.deepEqual(await live(), [leaked]);
  const refusedFor = modera.as(
    "authenticated",
    admin,
    (tx) => tx`select modera.partner_secrets(${code})`,
  );
  await assert.rejects(refusedFor, { code: "42501" });
  const places = await modera.sql`
    select (select jsonb_agg(l)::text from audit.log l) || (select jsonb_agg(s)::text from private.modera_partner_secrets s)
      || (select jsonb_agg(p)::text from modera.partners p) as text`;
  for (const secret of [first, second, leaked]) assert.ok(!places[0]!["text"].includes(secret));
  assert.equal(
    (await modera.sql`select from vault.secrets where name like 'modera/partner/%'`).length,
    2,
  );
});
