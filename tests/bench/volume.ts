import { accounts, anyAccount, createHolders, ledgerDebit } from "./floor.ts";
import { compare, usual } from "./measure.ts";
import type { Measurement } from "./measurement.ts";
import type { Room, Stage } from "./stage.ts";

/**
 * Gives every account `each` entries, its first grant among them, as a dump is loaded: into a table without indexes,
 * triggers or log, which get back what they had. Hashes are made up: a debit reads its account's head and no entry, and
 * ten million real ones would take minutes.
 */
async function fillEntries({ superuser }: Room, each: number): Promise<void> {
  await superuser.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`set local maintenance_work_mem = '1GB'`;
    const indexes = await sql<{ drop: string; make: string }[]>`
      select format('alter table ledger.entries drop constraint %I', conname) as drop,
        format('alter table ledger.entries add constraint %I %s', conname, pg_get_constraintdef(oid)) as make
      from pg_constraint where conrelid = 'ledger.entries'::regclass and contype in ('p', 'u')
      union all
      select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
      from pg_index i where i.indrelid = 'ledger.entries'::regclass
        and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`;
    await sql`create temporary table first_entries on commit drop as table ledger.entries`;
    // In the transaction in which a table is emptied, Postgres writes no log of what is put in.
    await sql`truncate ledger.entries`;
    for (const { drop } of indexes) await sql.unsafe(drop);
    await sql`insert into ledger.entries table first_entries`;
    await sql`
      insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after, key, feature, created_at, hash)
      select a.id, n, 'debit', -1, a.available - n + 1, 0, pg_catalog.gen_random_uuid(), 'bench', a.last_entry_at, a.head
      from generate_series(2, ${each}::bigint) n cross join ledger.accounts a`;
    for (const { make } of indexes) await sql.unsafe(make);
    await sql`update ledger.accounts set sequence = ${each}, available = available - ${each} + 1`;
  });
  await superuser`vacuum (analyze) ledger.entries, ledger.accounts`;
}

async function roomWith(stage: Stage, name: string, entries: number) {
  const room = await stage.room(name);
  const holders = await createHolders(room.sql);
  await fillEntries(room, entries / accounts);
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
    limit: { must: 0.77, aim: 0.9 },
    async run(stage) {
      const room = await stage.room("statement");
      const [holder] = await createHolders(room.sql, 1);
      await fillEntries(room, 1_000_000);
      const page = (cursor: string | null) => () =>
        room.sql`select ledger.statement('modera', ${holder!}, ${cursor}, 50)`;
      return await compare({
        baseline: page(null),
        subject: page("51"),
        unit: "of the newest page",
      });
    },
  },
];
