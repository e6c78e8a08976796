import postgres from "postgres";
import { accounts, anyAccount, createHolders, ledgerDebit } from "./floor.ts";
import { compare, usual } from "./measure.ts";
import type { Measurement } from "./measurement.ts";
import type { Room, Stage } from "./stage.ts";

/**
 * Gives every account `each` entries. Their hashes are made up: a debit reads its account's head and no entry, and
 * ten million real ones would take minutes.
 */
async function fillEntries({ url }: Room, each: number): Promise<void> {
  const workers = 2;
  await Promise.all(Array.from({ length: workers }, async (_, worker) => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    await sql`
      insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after, key, feature, created_at, hash)
      select a.id, n, 'debit', -1, a.posted - n + 1, 0, pg_catalog.gen_random_uuid(), 'bench', a.last_entry_at, sha256(int8send(n))
      from ledger.accounts a cross join lateral generate_series(2, ${each}::bigint) n
      where a.id % ${workers} = ${worker}`;
    await sql.end();
  }));
}

async function roomWith(stage: Stage, name: string, entries: number) {
  const room = await stage.room(name);
  const holders = await createHolders(room.sql);
  const each = entries / accounts;
  await fillEntries(room, each);
  await room
    .superuser`update ledger.accounts set sequence = ${each}, posted = posted - ${each} + 1`;
  await room.superuser`vacuum (analyze) ledger.entries, ledger.accounts`;
  return { ...room, holders };
}

/** What does not depend on how much there is. */
export const volume: Measurement[] = [
  {
    name: "debit at 10 M entries",
    limit: { must: 0.9, aim: 0.97 },
    async run(stage) {
      const small = await roomWith(stage, "small", 10_000);
      const large = await roomWith(stage, "large", 10_000_000);
      return await compare({
        baseline: ledgerDebit(small.sql, small.holders, anyAccount),
        subject: ledgerDebit(large.sql, large.holders, anyAccount),
        unit: "of the same at 10 k",
      }, { ...usual, rounds: 21 });
    },
  },
  {
    name: "page of a statement at the end of 1 M entries",
    limit: { must: 1.3, aim: 1.1, atMost: true },
    async run(stage) {
      const { sql, superuser } = await stage.room("statement");
      const [holder] = await createHolders(sql, 1);
      const newest = 1_000_000;
      await sql`
        insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after, key, feature, created_at, hash)
        select a.id, n, 'debit', -1, a.posted - n + 1, 0, n, 'bench', a.last_entry_at, sha256(int8send(n))
        from ledger.accounts a cross join lateral generate_series(2, ${newest}::bigint) n`;
      await superuser`update ledger.accounts set sequence = ${newest}, posted = posted - ${newest} + 1`;
      await superuser`vacuum (analyze) ledger.entries`;
      const page = (cursor: string) => () =>
        sql`select ledger.statement('modera', ${holder!}, ${cursor}, 50)`;
      const figure = await compare({
        // The one nearest to the end takes the baseline's place, so that the ratio is of times.
        baseline: page("51"),
        subject: page(String(newest)),
        unit: "times the newest page",
      });
      return figure;
    },
  },
];
