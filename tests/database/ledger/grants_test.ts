import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("grants burn by priority, then expiry, then promotional before paid, then age", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const [soon, late] = [await ledger.fromNow("1 day"), await ledger.fromNow("2 days")];
  await ledger.grant(holder, 10, { priority: 1, expires_at: soon });
  await ledger.grant(holder, 11);
  await ledger.grant(holder, 12);
  await ledger.grant(holder, 13, { category: "promotional" });
  await ledger.grant(holder, 14, { expires_at: late });
  await ledger.grant(holder, 15, { expires_at: soon });
  assert.deepEqual(await ledger.remaining(holder), [15, 14, 13, 11, 12, 10]);
  await ledger.debit(holder, 15 + 14 + 13 + 1);
  assert.deepEqual(await ledger.remaining(holder), [10, 12, 10]);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("M-13: expired means unspendable at once, before any sweep ran", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  await ledger.grant(holder, 20, { expires_at: await ledger.fromNow("1 hour") });
  await ledger.advanceClock("1 hour");
  assert.deepEqual(await ledger.balance(holder), { posted: 5, pending: 0, available: 5 });
  const outcome = await ledger.debit(holder, 6);
  assert.equal(outcome.refusal?.available, 5);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("X-07: the sweep takes expired grants out, once, whoever looks", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  await ledger.grant(holder, 20, { expires_at: await ledger.fromNow("1 hour") });
  await ledger.debit(holder, 8);
  await ledger.advanceClock("2 hours");
  assert.equal((await ledger.sql`select ledger.expire_grants() as n`)[0]!.n, 1);
  assert.equal((await ledger.sql`select ledger.expire_grants() as n`)[0]!.n, 0);
  const expiries = await ledger.sql`select amount::int from ledger.entries where kind = 'expiry'`;
  assert.deepEqual([...expiries], [{ amount: -12 }]);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a scheduled grant counts from its moment on, swept or not", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(1);
  await ledger.grant(holder, 20, { effective_at: await ledger.fromNow("1 day") });
  assert.equal((await ledger.balance(holder)).available, 1);
  await ledger.advanceClock("1 day");
  assert.equal((await ledger.balance(holder)).available, 21);
  assert.equal((await ledger.debit(holder, 21)).balance.available, 0);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("an account without expiring grants keeps no receipts", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  await ledger.debit(holder, 3);
  const [row] = await ledger.sql`select receipt from ledger.entries where kind = 'debit'`;
  assert.equal(row!.receipt, null);
});

Deno.test("the first expiring grant settles what was spent before it, and open holds keep their reservation", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.grant(holder, 10, { category: "promotional" });
  await ledger.debit(holder, 4);
  const { hold_id } = await ledger.hold(holder, 5);
  await ledger.grant(holder, 7, { expires_at: await ledger.fromNow("1 hour") });
  assert.deepEqual(await ledger.remaining(holder), [7, 6, 10]);
  await ledger.capture(hold_id);
  assert.deepEqual(await ledger.remaining(holder), [7, 1, 10]);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a grant is given once for each key", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const first = await ledger.grant(holder, 50, {}, "invoice");
  await ledger.debit(holder, 1);
  assert.deepEqual(await ledger.grant(holder, 50, {}, "invoice"), { ...first, replayed: true });
  await assert.rejects(ledger.grant(holder, 51, {}, "invoice"), {
    message: "idempotency_conflict",
  });
  assert.equal((await ledger.balance(holder)).posted, 49);
});

Deno.test("a grant that would expire before it starts is refused", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  await assert.rejects(ledger.grant(holder, 1, { expires_at: await ledger.fromNow("-1 second") }), {
    code: "PT422",
    message: "invalid_request",
  });
});

Deno.test("a revocation takes what is unspent, says what is owed, and can be reinstated", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const { grant_id } = await ledger.grant(holder, 50);
  await ledger.debit(holder, 30);
  await ledger.hold(holder, 5);
  const revoked = await ledger.revoke(grant_id, 50, "dispute");
  assert.deepEqual([revoked.taken, revoked.owed, revoked.balance.available], [15, 35, 0]);
  assert.equal((await ledger.revoke(grant_id, 50, "dispute")).taken, 15);
  await ledger.reinstate(grant_id, 15, "won");
  assert.equal((await ledger.balance(holder)).available, 15);
  await assert.rejects(ledger.reinstate(grant_id, 1), { message: "refund_exceeds_entry" });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a retry of a scheduled grant gets the first answer, before and after its time", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const schedule = await ledger.fromNow("1 day");
  const grant = () => ledger.grant(holder, 5, { effective_at: schedule }, "key");
  const first = await grant();
  await ledger.debit(holder, 1);
  assert.deepEqual(await grant(), { ...first, replayed: true });
  await ledger.advanceClock("2 days");
  assert.deepEqual(await grant(), { ...first, replayed: true });
  assert.equal((await ledger.balance(holder)).available, 14);
});
