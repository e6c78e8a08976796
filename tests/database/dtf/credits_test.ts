import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

Deno.test("F-06, F-07, F-12: deductions at once neither lose nor invent a credit, and a key counts once", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person(28);
  const spend = (key: string) =>
    dtf.service<number>("deduct_user_credits", one, 1, "usage", null, null, key)
      .catch((error: { message: string }) => error.message);
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => spend(`k${i % 35}`)));
  assert.equal(await dtf.available(one), 0);
  assert.ok(answers.includes("insufficient_credits"));
  const rows = await dtf
    .sql`select balance_after::int as after, balance_before::int as before, amount::int
    from dtf.credit_transactions where user_id = ${one} and transaction_type = 'usage' order by balance_after desc`;
  assert.equal(rows.length, 30);
  rows.forEach((row, i) =>
    assert.deepEqual({ ...row }, { after: 29 - i, before: 30 - i, amount: -1 })
  );
  assert.deepEqual(await dtf.kernel.verify(), []);
});

Deno.test("F-07: the same purchase with another amount is a conflict, and none without a key", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const add = (amount: number, key: string | null) =>
    dtf.service<number>("add_user_credits", one, amount, "purchase", "Pack", null, key);
  assert.equal(await add(10, "pi_1"), 12);
  assert.equal(await add(10, "pi_1"), 12);
  await assert.rejects(add(11, "pi_1"), { message: "idempotency_conflict" });
  await assert.rejects(add(10, null), { message: "invalid_request" });
});

Deno.test("F-09, F-10: no negative amount, no type that does not fit, and nobody unknown", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const attempt = (name: string, user: string, amount: number, type: string) =>
    dtf.service(name, user, amount, type, null, null, crypto.randomUUID());
  await assert.rejects(attempt("deduct_user_credits", one, -500, "usage"), {
    message: "invalid_amount",
  });
  await assert.rejects(attempt("add_user_credits", one, -500, "bonus"), {
    message: "invalid_amount",
  });
  await assert.rejects(attempt("deduct_user_credits", one, 1, "purchase"), {
    message: "invalid_request",
  });
  await assert.rejects(attempt("add_user_credits", one, 1, "usage"), {
    message: "invalid_request",
  });
  await assert.rejects(attempt("add_user_credits", crypto.randomUUID(), 1, "bonus"), {
    message: "holder_not_found",
  });
  assert.equal(await dtf.available(one), 2);
});

Deno.test("F-12: a refund names the usage, gives back no more, and lowers what was used", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person(10);
  await dtf.service("deduct_user_credits", one, 5, "usage", null, null, "u1");
  const [usage] = await dtf.sql`select id from dtf.credit_transactions
    where user_id = ${one} and transaction_type = 'usage'`;
  const refund = (amount: number, key: string) =>
    dtf.service<number>(
      "add_user_credits",
      one,
      amount,
      "refund",
      null,
      dtf.sql.json({ transaction_id: usage!.id }),
      key,
    );
  assert.equal(await refund(3, "r1"), 10);
  await assert.rejects(refund(3, "r2"), { message: "refund_exceeds_entry" });
  await assert.rejects(
    dtf.service("add_user_credits", one, 1, "refund", null, null, "r3"),
    { message: "invalid_request" },
  );
  const [profile] = await dtf.sql`
    select credits_remaining::int, total_credits_used::int as used, total_credits_purchased::int as purchased
    from dtf.profiles where id = ${one}`;
  assert.deepEqual({ ...profile }, { credits_remaining: 10, used: 2, purchased: 10 });
});

Deno.test("F-18: credits expire by themselves, the soonest are spent first, and the ledger says so", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person(5);
  await dtf.service(
    "add_user_credits",
    one,
    5,
    "bonus",
    null,
    null,
    "b",
    (await dtf.sql`select private.now() + interval '1 day' as at`)[0]!.at,
  );
  await dtf.service("deduct_user_credits", one, 3, "usage", null, null, "u");
  await dtf.kernel.database.advanceClock("2 days");
  assert.equal(await dtf.available(one), 7);
  const [profile] = await dtf
    .sql`select credits_remaining::int as n from dtf.profiles where id = ${one}`;
  assert.equal(profile!.n, 7);
  await dtf.sql`select ledger.expire_grants(10)`;
  const rows = await dtf.sql`select amount::int from dtf.credit_transactions
    where user_id = ${one} and transaction_type = 'expiration'`;
  assert.deepEqual(rows.map((row) => row.amount), [-2]);
});
