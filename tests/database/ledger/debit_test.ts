import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("a debit spends what a grant gave, and the answer has the balance after it", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  const outcome = await ledger.debit(holder, 3);
  assert.deepEqual(outcome.balance, { posted: 47, pending: 0, available: 47 });
  assert.equal(outcome.amount, 3);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("M-04: a debit never makes a balance negative", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  const outcome = await ledger.debit(holder, 100);
  assert.deepEqual(outcome.refusal, { code: "insufficient_credits", required: 100, available: 5 });
  assert.equal((await ledger.balance(holder)).posted, 5);
});

Deno.test("M-04: no account goes below zero, for the owner of the table neither", async () => {
  await using ledger = await Ledger.open();
  await ledger.holderWith(5);
  await assert.rejects(
    ledger.sql`update ledger.accounts set available = available - 6`,
    /whole_check/,
  );
});

Deno.test("M-04: the sign of an entry belongs to its kind, for the owner of the table too", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  await ledger.debit(holder, 1);
  await assert.rejects(
    ledger.sql`insert into ledger.entries
      select account_id, sequence + 10, kind, -amount, posted_after, pending_after, key || 'x', fingerprint, feature, reference,
        hold_id, grant_id, reverses, receipt, metadata, created_at, hash
      from ledger.entries where kind = 'debit'`,
    /entries_sign/,
  );
});

Deno.test("M-05: an unknown holder is named, and nothing is written", async () => {
  await using ledger = await Ledger.open();
  await assert.rejects(ledger.debit(crypto.randomUUID(), 1), {
    code: "PT404",
    message: "holder_not_found",
  });
  const [row] = await ledger.sql`select count(*)::int as accounts from ledger.accounts`;
  assert.equal(row!.accounts, 0);
});

Deno.test("M-06, X-03: the same key and body give the first result again and charge once", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  const first = await ledger.debit(holder, 3, "key");
  await ledger.debit(holder, 7);
  const again = await ledger.debit(holder, 3, "key");
  assert.deepEqual(again, { ...first, replayed: true });
  assert.equal((await ledger.balance(holder)).posted, 40);
  await ledger.debit(holder, 1);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("the same key with another body is a conflict and changes nothing", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  await ledger.debit(holder, 3, "key");
  await assert.rejects(ledger.debit(holder, 4, "key"), {
    code: "PT409",
    message: "idempotency_conflict",
  });
  await assert.rejects(ledger.debit(holder, 3, "key", "other"), {
    message: "idempotency_conflict",
  });
  assert.equal((await ledger.balance(holder)).posted, 47);
});

Deno.test("a refused attempt burns its key: credits that come later do not revive it", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(1);
  const refused = await ledger.debit(holder, 3, "key");
  await ledger.grant(holder, 50);
  const again = await ledger.debit(holder, 3, "key");
  assert.deepEqual(again, { ...refused, replayed: true });
  assert.equal((await ledger.balance(holder)).posted, 51);
});

Deno.test("a holder's first debit opens the account", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const outcome = await ledger.debit(holder, 1);
  assert.equal(outcome.refusal?.code, "insufficient_credits");
  assert.equal(outcome.refusal?.available, 0);
});

for (const amount of [0, -1]) {
  Deno.test(`an amount of ${amount} is refused by name`, async () => {
    await using ledger = await Ledger.open();
    const holder = await ledger.holderWith(5);
    await assert.rejects(ledger.debit(holder, amount), {
      code: "PT422",
      message: "invalid_amount",
    });
    await assert.rejects(ledger.grant(holder, amount), {
      code: "PT422",
      message: "invalid_amount",
    });
    await assert.rejects(ledger.hold(holder, amount), { code: "PT422", message: "invalid_amount" });
  });
}

for (const key of ["", "k".repeat(301)]) {
  Deno.test(`a key of ${key.length} characters is refused by name`, async () => {
    await using ledger = await Ledger.open();
    const holder = await ledger.holderWith(5);
    await assert.rejects(ledger.debit(holder, 1, key), {
      code: "PT422",
      message: "invalid_request",
    });
  });
}

Deno.test("debit_many answers each line in order, in one transaction", async () => {
  await using ledger = await Ledger.open();
  const [one, two] = [await ledger.holderWith(10), await ledger.holderWith(1)];
  const debits = [
    { holder: one, amount: 4, key: "a", feature: "test" },
    { holder: two, amount: 4, key: "a", feature: "test" },
    { holder: one, amount: 4, key: "a", feature: "test" },
  ];
  const [row] = await ledger.sql`select ledger.debit_many('modera', ${
    ledger.sql.json(debits)
  }) as outcomes`;
  const [first, second, third] = row!.outcomes;
  assert.equal(first.balance.posted, 6);
  assert.equal(second.refusal.code, "insufficient_credits");
  assert.equal(third.replayed, true);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("the key of a hold or of a scheduled grant is burnt for a debit", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.hold(holder, 1, "hold");
  await ledger.grant(holder, 1, { effective_at: await ledger.fromNow("1 day") }, "grant");
  for (const key of ["hold", "grant"]) {
    await assert.rejects(ledger.debit(holder, 1, key), {
      code: "PT409",
      message: "idempotency_conflict",
    });
  }
});
