import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

for (
  const attack of [
    "update ledger.entries set amount = -1",
    "delete from ledger.entries",
    "truncate ledger.entries",
  ]
) {
  Deno.test(`M-21: the owner of the table is refused: ${attack}`, async () => {
    await using ledger = await Ledger.open();
    await ledger.debit(await ledger.holderWith(10), 3);
    await assert.rejects(ledger.sql.unsafe(attack), /append-only/);
  });
}

const tamperings: [string, string, string][] = [
  ["an edited amount", "update ledger.entries set amount = -1 where sequence = 2", "entry_hash"],
  [
    "an edited balance",
    "update ledger.entries set posted_after = 777 where sequence = 2",
    "entry_balance",
  ],
  ["a deleted entry", "delete from ledger.entries where sequence = 2", "entry_missing"],
  ["a deleted last entry", "delete from ledger.entries where sequence = 3", "account_head"],
  ["a raised balance", "update ledger.accounts set posted = posted + 1000", "account_posted"],
  ["a raised pending amount", "update ledger.accounts set pending = 1", "account_pending"],
  ["a refilled grant", "update ledger.grants set remaining = amount", "grants_total"],
  [
    "a forgotten expiry",
    "update ledger.grants set expired = 1, remaining = remaining - 1",
    "grant_expired",
  ],
];

for (const [name, attack, problem] of tamperings) {
  Deno.test(`M-21: verify finds ${name} made with triggers off`, async () => {
    await using ledger = await Ledger.open();
    const holder = await ledger.holder();
    await ledger.grant(holder, 10, { expires_at: await ledger.fromNow("1 day") });
    await ledger.debit(holder, 3);
    await ledger.debit(holder, 2);
    await ledger.sql`alter table ledger.entries disable trigger all`;
    await ledger.sql.unsafe(attack);
    const problems = (await ledger.verify()).map((difference) => difference.problem);
    assert.ok(problems.includes(problem), `${problem} not among ${problems}`);
  });
}

Deno.test("accounts, grants, holds and attempts cannot be deleted", async () => {
  await using ledger = await Ledger.open();
  for (const table of ["holders", "accounts", "grants", "holds", "attempts"]) {
    await assert.rejects(ledger.sql.unsafe(`delete from ledger.${table}`), /append-only/, table);
  }
});
