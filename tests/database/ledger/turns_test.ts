import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("a debit that never gets its turn is made all the same, and charged once", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  const other = await ledger.sql.reserve();
  await other`select pg_advisory_lock(id) from ledger.accounts`;
  const outcome = await ledger.debit(holder, 3, "key");
  other.release();
  assert.equal(outcome.balance.posted, 47);
  assert.deepEqual(await ledger.debit(holder, 3, "key"), { ...outcome, replayed: true });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a debit whose key was used before leaves the account to the others as it was", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  await ledger.debit(holder, 3, "key");
  await ledger.sql.begin(async (sql) => {
    for (const key of ["key", "key", "another"]) {
      await sql`select ledger.debit('modera', ${holder}, 3, ${key}, 'test')`;
    }
  });
  assert.equal((await ledger.balance(holder)).posted, 44);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("however many debits a transaction makes, it takes one turn", async () => {
  await using ledger = await Ledger.open();
  const holders: string[] = [];
  for (let made = 0; made < 5; made++) holders.push(await ledger.holderWith(50));
  const turns = await ledger.sql.begin(async (sql) => {
    for (const holder of holders) {
      await sql`select ledger.debit('modera', ${holder}, 1, 'key', 'test')`;
    }
    const [row] = await sql<[{ turns: number }]>`
      select count(*)::integer as turns from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`;
    return row.turns;
  });
  assert.equal(turns, 1);
});
