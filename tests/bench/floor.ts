import type { Sql } from "postgres";

/**
 * The floor that the ledger is measured against: one update with a balance check and one insert with a unique key, in
 * the same database, and nothing else.
 */
export async function createFloor(sql: Sql, accounts: number): Promise<void> {
  await sql`create schema bench`;
  await sql`create table bench.accounts (
    id integer primary key, balance bigint not null check (balance >= 0)) with (fillfactor = 50)`;
  await sql`create table bench.entries (
    id bigint generated always as identity primary key, account_id integer not null, amount bigint not null,
    key text not null, created_at timestamptz not null default pg_catalog.now(), unique (account_id, key))`;
  await sql`create function bench.debit(account integer, amount bigint, key text) returns void
    language plpgsql set search_path = '' as $$
    begin
      update bench.accounts set balance = balance - debit.amount where id = account and balance >= debit.amount;
      insert into bench.entries (account_id, amount, key) values (account, -amount, key);
    end $$`;
  await sql`insert into bench.accounts select n, 1000000000 from generate_series(1, ${accounts}) n`;
}

/** Holders of the ledger, each with one plain grant; by number, so that both sides draw the same way. */
export async function createHolders(sql: Sql, accounts: number): Promise<string[]> {
  const rows = await sql<{ holder: string }[]>`
    with made as (select n, pg_catalog.gen_random_uuid() as holder from generate_series(1, ${accounts}) n),
    registered as (select n, holder, ledger.register_holder('modera', holder) from made)
    select holder from registered order by n`;
  const holders = rows.map((row) => row.holder);
  for (const holder of holders) {
    await sql`select ledger.grant_credits('modera', ${holder}, 1000000000, 'bench')`;
  }
  return holders;
}
