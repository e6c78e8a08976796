import assert from "node:assert/strict";
import { Ledger, newKey } from "./ledger.ts";

const largest = 9_223_372_036_854_775_807n;

/** The calls that take an amount, with one that is written as text, so that anything can be tried. */
const calls: Record<
  string,
  (ledger: Ledger, holder: string, amount: string) => PromiseLike<unknown>
> = {
  grant: ({ sql }, holder, amount) =>
    sql`select ledger.grant_credits('modera', ${holder}, ${amount}::text::bigint, ${newKey()})`,
  debit: ({ sql }, holder, amount) =>
    sql`select ledger.debit('modera', ${holder}, ${amount}::text::bigint, ${newKey()}, 'test')`,
  hold: ({ sql }, holder, amount) =>
    sql`select ledger.hold('modera', ${holder}, ${amount}::text::bigint, ${newKey()}, 'test', '1 hour')`,
  transfer: ({ sql }, holder, amount) =>
    sql`select ledger.transfer('modera', ${holder}, ${crypto.randomUUID()}, ${amount}::text::bigint, ${newKey()}, 'test')`,
  debit_many: ({ sql }, holder, amount) =>
    sql`select ledger.debit_many('modera', jsonb_build_array(jsonb_build_object(
      'holder', ${holder}::uuid, 'amount', ${amount}::text::bigint, 'key', ${newKey()}::text, 'feature', 'test')))`,
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`${name}: zero and negative amounts, down to the smallest, are refused by name`, async () => {
    await using ledger = await Ledger.open();
    const holder = await ledger.holderWith(5);
    for (const amount of ["0", "-1", "-9223372036854775808"]) {
      const refused = call(ledger, holder, amount);
      await assert.rejects(Promise.resolve(refused), { code: "PT422", message: "invalid_amount" });
    }
    assert.equal((await ledger.balance(holder)).available, 5);
  });

  Deno.test(`${name}: an amount that is no bigint is an error that names it, and nothing happens`, async () => {
    await using ledger = await Ledger.open();
    const holder = await ledger.holderWith(5);
    for (
      const [amount, code] of [["NaN", "22P02"], ["1.5", "22P02"], ["9223372036854775808", "22003"]]
    ) {
      await assert.rejects(Promise.resolve(call(ledger, holder, amount!)), { code });
    }
    await assert.rejects(
      Promise.resolve(
        ledger.sql`select ledger.debit('modera', ${holder}, 'NaN'::numeric::bigint, 'k', 'test')`,
      ),
      { message: "cannot convert NaN to bigint" },
    );
    assert.equal((await ledger.balance(holder)).available, 5);
  });

  Deno.test(`${name}: an unknown holder is named`, async () => {
    await using ledger = await Ledger.open();
    await assert.rejects(Promise.resolve(call(ledger, crypto.randomUUID(), "1")), {
      code: "PT404",
      message: "holder_not_found",
    });
  });
}

Deno.test("an account holds up to bigint's end and not one more; what would not fit is refused by name", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const grant = (amount: bigint) =>
    ledger.sql`select ledger.grant_credits('modera', ${holder}, ${
      String(amount)
    }::text::bigint, ${newKey()}) as outcome`;
  await grant(largest);
  await assert.rejects(Promise.resolve(grant(1n)), { code: "PT422", message: "invalid_amount" });
  const other = await ledger.holderWith(1);
  await assert.rejects(
    Promise.resolve(
      ledger.sql`select ledger.transfer('modera', ${other}, ${holder}, 1, ${newKey()}, 'test')`,
    ),
    { code: "PT422", message: "invalid_amount" },
  );
  // All of it can be held, spent and given back.
  const all = String(largest);
  const [held] = await ledger.sql`
    select ledger.hold('modera', ${holder}, ${all}::text::bigint, 'hold', 'test', '1 hour') as outcome`;
  const [spent] = await ledger.sql`
    select ledger.capture(${held!.outcome.hold_id}, 'capture') as outcome`;
  await ledger.sql`
    select ledger.refund('modera', ${holder}, ${
    spent!.outcome.entry_id
  }, ${all}::text::bigint, 'refund', 'test')`;
  const [row] = await ledger
    .sql`select ledger.balance('modera', ${holder}) ->> 'available' as available`;
  assert.equal(row!["available"], all);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a key of one character is a key, one of 300 too, and one of 10,000 is refused by every call", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  for (const key of ["k", "k".repeat(300)]) {
    assert.equal((await ledger.debit(holder, 1, key)).amount, 1);
    assert.equal((await ledger.debit(holder, 1, key)).replayed, true);
  }
  const key = "k".repeat(10_000);
  const held = await ledger.hold(holder, 1);
  const spent = await ledger.debit(holder, 1);
  const refused: Record<string, () => Promise<unknown>> = {
    grant: () => ledger.grant(holder, 1, {}, key),
    debit: () => ledger.debit(holder, 1, key),
    hold: () => ledger.hold(holder, 1, key),
    capture: () => ledger.capture(held.hold_id, 1, key),
    release: () => ledger.release(held.hold_id, key),
    refund: () => ledger.refund(holder, spent.entry_id, 1, key),
    transfer: async () => ledger.transfer(holder, await ledger.holder(), 1, key),
  };
  for (const [name, call] of Object.entries(refused)) {
    await assert.rejects(call(), { code: "PT422", message: "invalid_request" }, name);
  }
  assert.equal((await ledger.balance(holder)).posted, 47);
});
