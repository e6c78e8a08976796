import type { Sql } from "postgres";
import type { Work } from "./measure.ts";

/** Accounts over which work is spread. */
export const accounts = 1000;

/** A random account's place. */
export const anyAccount = () => Math.floor(Math.random() * accounts);

/**
 * The floor that the ledger is measured against: one update with a balance check and one insert with a unique key, in
 * the same database, and nothing else. A bare batch is that for each of its lines, in one call and in the order of the
 * accounts, or batches would deadlock; `debit_at_once` does it in one update and one insert for all lines.
 */
export async function createFloor(sql: Sql): Promise<void> {
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
  await sql`create function bench.debit_each(debits jsonb) returns void
    language plpgsql set search_path = '' as $$
    declare
      line record;
    begin
      for line in
        select d.account, d.amount, d.key from jsonb_to_recordset(debits) as d (account integer, amount bigint, key text) order by 1
      loop
        perform bench.debit(line.account, line.amount, line.key);
      end loop;
    end $$`;
  await sql`create function bench.debit_at_once(debits jsonb) returns void
    language plpgsql set search_path = '' as $$
    begin
      perform from bench.accounts a where a.id in (select (d ->> 'account')::integer from jsonb_array_elements(debits) d)
      order by a.id for no key update;
      update bench.accounts a set balance = balance - l.amount
      from (select d.account, sum(d.amount) as amount from jsonb_to_recordset(debits) as d (account integer, amount bigint) group by 1) l
      where a.id = l.account and a.balance >= l.amount;
      insert into bench.entries (account_id, amount, key)
      select d.account, -d.amount, d.key from jsonb_to_recordset(debits) as d (account integer, amount bigint, key text);
    end $$`;
  await sql`insert into bench.accounts select n, 1000000000 from generate_series(1, ${accounts}) n`;
}

/** One debit of the floor. */
export function floorDebit(sql: Sql, account: () => number): Work {
  return () => sql`select bench.debit(${account() + 1}, 1, ${crypto.randomUUID()})`;
}

/** Holders of the ledger, each with one plain grant. */
export async function createHolders(sql: Sql, count = accounts): Promise<string[]> {
  const rows = await sql<{ holder: string }[]>`
    with made as materialized (select pg_catalog.gen_random_uuid() as holder from generate_series(1, ${count})),
    registered as materialized (select holder, ledger.register_holder('modera', holder) from made)
    select holder from registered`;
  const holders = rows.map(({ holder }) => holder);
  await sql`select ledger.grant_credits('modera', holder, 1000000000, 'bench') from unnest(${holders}::uuid[]) holder`;
  return holders;
}

/** One debit of the ledger. */
export function ledgerDebit(sql: Sql, holders: string[], account: () => number): Work {
  return () =>
    sql`select ledger.debit('modera', ${holders[account()]!}, 1, ${crypto.randomUUID()}, 'bench')`;
}
