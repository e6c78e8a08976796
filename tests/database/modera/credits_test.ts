import assert from "node:assert/strict";
import { buy } from "./buy.ts";
import { Modera, type Person } from "./modera.ts";

/** Calls the contract's function as the service. */
function update(
  modera: Modera,
  user: string,
  change: number,
  type: string,
  rest: { feature?: string; session?: string; key?: string } = {},
): Promise<number> {
  const { feature = null, session = null, key = null } = rest;
  return modera.service("update_user_credits", user, change, type, feature, session, key);
}

/** The contract's view of somebody, as they see it. */
function account(modera: Modera, person: Person) {
  return modera.as("authenticated", person, async (tx) => {
    const [row] =
      await tx`select credits::int, total_spent::float, total_spent_currency, is_premium from modera.users`;
    return { ...row };
  });
}

Deno.test("M-04: amounts have the sign of their kind, and no balance goes below zero", async () => {
  await using modera = await Modera.open();
  const { userId } = await modera.person(5);
  const wrong: [number, string][] = [
    [100, "usage"],
    [-5, "purchase"],
    [-5, "bonus"],
    [-5, "refund"],
    [0, "usage"],
    [0, "purchase"],
    [5, "expired"],
    [-5, "expired"],
    [5, "gift"],
  ];
  for (const [change, type] of wrong) {
    await assert.rejects(update(modera, userId, change, type, { key: "k" }), {
      code: "PT422",
      message: "invalid_amount",
    });
  }
  await assert.rejects(update(modera, userId, -100, "usage", { key: "k" }), {
    code: "PT402",
    message: "insufficient_credits",
  });
});

Deno.test("M-05: an unknown user is named", async () => {
  await using modera = await Modera.open();
  await assert.rejects(update(modera, "999999", 5, "bonus", { key: "k" }), {
    code: "PT404",
    message: "holder_not_found",
  });
});

Deno.test("M-06: a booking happens once for its key, or for its session", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const { userId } = person;
  assert.equal(await update(modera, userId, 50, "purchase", { key: "pay-1" }), 50);
  assert.equal(await update(modera, userId, 50, "purchase", { key: "pay-1" }), 50);
  await assert.rejects(update(modera, userId, 60, "purchase", { key: "pay-1" }), {
    message: "idempotency_conflict",
  });
  await assert.rejects(update(modera, userId, 50, "purchase"), { message: "invalid_request" });
  const [session] = await modera.sql`insert into modera.fashion_sessions (user_id, session_type)
    values (${userId}, 'styling') returning id`;
  const usage = { feature: "styling", session: session!.id };
  assert.equal(await update(modera, userId, -5, "usage", usage), 45);
  assert.equal(await update(modera, userId, -5, "usage", usage), 45);
  assert.deepEqual(await modera.entries(person), { grant: 1, debit: 1 });
});

Deno.test("M-17: a refund gives back what its session was charged, and never more", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  const session = started.session_id;
  await assert.rejects(update(modera, person.userId, 3, "refund", { session }), {
    message: "not_found",
  });
  await modera.complete(person, started);
  assert.equal(await update(modera, person.userId, 2, "refund", { session }), 49);
  await assert.rejects(update(modera, person.userId, 2, "refund", { session, key: "again" }), {
    message: "refund_exceeds_entry",
  });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("a session of somebody else cannot be booked on", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const { session_id } = await modera.start(other);
  await assert.rejects(update(modera, person.userId, -3, "usage", { session: session_id }), {
    message: "not_found",
  });
});

Deno.test("M-21: the contract's balance and history are the ledger's own, to the credit", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  await buy(modera, person, "basic", "USD");
  await modera.complete(person, await modera.start(person));
  await modera.start(person);
  assert.deepEqual(await account(modera, person), {
    credits: 44,
    total_spent: 4.99,
    total_spent_currency: "USD",
    is_premium: false,
  });
  const history = await modera.as(
    "authenticated",
    person,
    (tx) =>
      tx`select transaction_type as type, credits_amount::int as amount, credits_balance_after::int as after,
      cost_amount::float as cost, currency, payment_status as paid, feature_used as feature
      from modera.credit_transactions order by created_at, id`,
  );
  assert.deepEqual(history.map((row) => ({ ...row })), [
    {
      type: "purchase",
      amount: 50,
      after: 50,
      cost: 4.99,
      currency: "USD",
      paid: "paid",
      feature: null,
    },
    {
      type: "usage",
      amount: -3,
      after: 47,
      cost: null,
      currency: null,
      paid: null,
      feature: "tryon",
    },
  ]);
});

Deno.test("M-13: credits that have expired are not shown, before any sweep", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(5);
  await modera.sql`select ledger.grant_credits('modera', ${person.id}, 20, 'short',
    expires_at => private.now() + interval '1 hour')`;
  assert.equal((await account(modera, person)).credits, 25);
  await modera.kernel.database.advanceClock("2 hours");
  assert.equal((await account(modera, person)).credits, 5);
});

Deno.test("M-27, M-28: what was spent names its currency; premium is whoever paid for it", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  await buy(modera, person, "basic", "USD");
  const premium = await buy(modera, person, "premium", "RUB");
  assert.deepEqual(await account(modera, person), {
    credits: 200,
    total_spent: 799,
    total_spent_currency: "RUB",
    is_premium: true,
  });
  await premium.refundAll();
  assert.deepEqual(await account(modera, person), {
    credits: 50,
    total_spent: 4.99,
    total_spent_currency: "USD",
    is_premium: false,
  });
});

Deno.test("M-07, M-14: an invoice shows the offer's own terms, and expires for its reader on time", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  await buy(modera, person, "premium", "USD");
  await modera.kernel.call("authenticated", person.id, "open_invoice", {
    product: "modera",
    offer: "basic",
    currency: "RUB",
    key: "k",
  });
  await modera.kernel.database.advanceClock("61 minutes");
  const rows = await modera.as(
    "authenticated",
    person,
    (tx) =>
      tx`select package_type, amount::float, currency, credits_amount::int as credits, status, payment_provider
      from modera.payment_invoices order by created_at, invoice_id`,
  );
  assert.deepEqual(rows.map((row) => Object.values({ ...row })), [
    ["premium", 12.99, "USD", 150, "paid", "stripe"],
    ["basic", 299, "RUB", 50, "expired", "stripe"],
  ]);
});

Deno.test("M-24: a day's analytics are the facts of a UTC day, each currency apart, however often they are rolled up", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  await buy(modera, person, "basic", "USD");
  await buy(modera, person, "basic", "RUB");
  await modera.complete(person, await modera.start(person));
  for (let i = 0; i < 2; i++) {
    await modera
      .sql`select private.modera_count_days(d, d) from date(private.now() at time zone 'UTC') d`;
  }
  const rows = await modera
    .sql`select revenue_currency, revenue_generated::int, sessions_count, tryons_count,
    credits_used, credits_purchased, features_used from modera.user_analytics order by revenue_generated desc`;
  assert.deepEqual(rows.map((row) => Object.values({ ...row })), [
    ["RUB", 29900, 1, 1, 3, 100, { tryon: 3 }],
    ["USD", 499, 0, 0, 0, 0, {}],
  ]);
});
