import assert from "node:assert/strict";
import { Ledger, newKey } from "./ledger.ts";

Deno.test("X-04: 100 debits of 1 at once against 60 give exactly 60", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(60);
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => ledger.debit(holder, 1)));
  assert.equal(outcomes.filter((outcome) => outcome.entry_id).length, 60);
  assert.equal(
    outcomes.filter((outcome) => outcome.refusal?.code === "insufficient_credits").length,
    40,
  );
  assert.deepEqual(await ledger.balance(holder), { posted: 0, pending: 0, available: 0 });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("the same key 100 times at once charges once, and all get one answer", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(60);
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => ledger.debit(holder, 5, "key")),
  );
  assert.equal(new Set(outcomes.map((outcome) => outcome.entry_id)).size, 1);
  assert.equal(outcomes.filter((outcome) => !outcome.replayed).length, 1);
  assert.equal((await ledger.balance(holder)).posted, 55);
});

Deno.test("a new holder's first calls at once make one account", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  await Promise.all(Array.from({ length: 30 }, () => ledger.grant(holder, 1)));
  const [row] = await ledger
    .sql`select count(*)::int as accounts, sum(posted)::int as posted from ledger.accounts`;
  assert.deepEqual({ ...row }, { accounts: 1, posted: 30 });
});

Deno.test("capture and release at once: exactly one wins", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(100);
  for (let round = 0; round < 10; round++) {
    const { hold_id } = await ledger.hold(holder, 1, newKey());
    const outcomes = await Promise.all(
      Array.from(
        { length: 10 },
        (_, i) => i % 2 ? ledger.capture(hold_id) : ledger.release(hold_id),
      ),
    );
    assert.equal(outcomes.filter((outcome) => !outcome.refusal).length, 1);
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("capture against expiry at once: exactly one wins", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(100);
  const holds = await Promise.all(
    Array.from(
      { length: 10 },
      (_, i) => ledger.hold(holder, 1, newKey(), i % 2 ? "1 minute" : "1 hour"),
    ),
  );
  await ledger.advanceClock("2 minutes");
  const [captures] = await Promise.all([
    Promise.all(holds.map((hold) => ledger.capture(hold.hold_id))),
    ledger.sql`select ledger.expire_holds()`,
  ]);
  assert.equal(captures.filter((outcome) => !outcome.refusal).length, 5);
  assert.deepEqual(await ledger.balance(holder), { posted: 95, pending: 0, available: 95 });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("refunds of one entry at once never exceed it", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { entry_id } = await ledger.debit(holder, 10);
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () => ledger.refund(holder, entry_id, 3)),
  );
  assert.equal(outcomes.filter((outcome) => !outcome.refusal).length, 3);
  assert.equal((await ledger.balance(holder)).posted, 9);
});

Deno.test("batches in opposite orders do not deadlock", async () => {
  await using ledger = await Ledger.open();
  const holders = await Promise.all(Array.from({ length: 5 }, () => ledger.holderWith(100)));
  await Promise.all(Array.from({ length: 20 }, (_, i) => {
    const debits = holders.map((holder) => ({ holder, amount: 1, key: newKey(), feature: "test" }));
    if (i % 2) debits.reverse();
    return ledger.sql`select ledger.debit_many('modera', ${ledger.sql.json(debits)})`;
  }));
  const [row] = await ledger.sql`select sum(posted)::int as posted from ledger.accounts`;
  assert.equal(row!.posted, 400);
});
