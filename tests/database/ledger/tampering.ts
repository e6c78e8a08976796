import postgres from "postgres";
import { testPlatform } from "../../harness/environment.ts";
import { Ledger } from "./ledger.ts";

/** A row as text, by its columns. */
export type Row = Record<string, string | null>;

export interface Column {
  name: string;
  type: string;
}

/** What verify found. */
export interface Difference {
  account_id: string;
  problem: string;
  detail: { sequence?: number };
}

/**
 * A ledger with every kind of entry, hold and grant, which the superuser can tamper with; each attempt is undone.
 */
export async function tamperedLedger() {
  const ledger = await Ledger.open();
  await fill(ledger);
  const superuser = superuserOf(ledger);
  return {
    ledger,
    /** The rows of a table, all columns as text. */
    async rows(table: string): Promise<Row[]> {
      const rows = await ledger.sql<{ row: Row }[]>`
        select to_jsonb(t) as row from ${ledger.sql(`ledger.${table}`)} t order by 1`;
      return rows.map(({ row }) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
        )
      );
    },
    async columns(table: string): Promise<Column[]> {
      return [
        ...await ledger.sql<Column[]>`
          select column_name as name, data_type as type from information_schema.columns
          where table_schema = 'ledger' and table_name = ${table} order by ordinal_position`,
      ];
    },
    /** What verify finds after `attack`, by the superuser with triggers off; a constraint that refuses it found it, too. */
    async afterwards(attack: string): Promise<Difference[]> {
      const undo = new Error("undo");
      let found: Difference[] = [];
      await superuser.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await sql.unsafe(attack).catch((reason) => {
          if (!refusals.has(reason.code)) throw reason;
          found = [{ account_id: "", problem: reason.constraint_name ?? reason.code, detail: {} }];
          throw undo;
        });
        found = [...await sql<Difference[]>`select * from ledger.verify()`];
        throw undo;
      }).catch((reason) => {
        if (reason !== undo) throw reason;
      });
      return found;
    },
    async [Symbol.asyncDispose]() {
      await superuser.end({ timeout: 1 });
      await ledger[Symbol.asyncDispose]();
    },
  };
}

/** Check constraint, unique, and the identity column that cannot be written. */
const refusals = new Set(["23514", "23505", "428C9"]);

/** A connection of the superuser, whom no trigger and no policy stops when it says so. */
export function superuserOf(ledger: Ledger): postgres.Sql {
  const url = new URL(testPlatform().admin_url);
  url.pathname = new URL(ledger.database.url).pathname;
  return postgres(url.href, { max: 1, onnotice: () => {} });
}

async function fill(ledger: Ledger): Promise<void> {
  const [one, two, plain] = [await ledger.holder(), await ledger.holder(), await ledger.holder()];
  await ledger.grant(one, 100, {
    expires_at: await ledger.fromNow("2 hours"),
    category: "promotional",
  });
  await ledger.grant(one, 90, { effective_at: await ledger.fromNow("1 day"), priority: 3 });
  const { grant_id } = await ledger.grant(one, 50, { priority: 2 });
  const { entry_id } = await ledger.debit(one, 20);
  await ledger.refund(one, entry_id, 5);
  const { hold_id } = await ledger.hold(one, 10);
  await ledger.capture(hold_id, 6);
  await ledger.release((await ledger.hold(one, 8)).hold_id);
  await ledger.hold(one, 7, "short", "1 minute");
  await ledger.revoke(grant_id, 9);
  await ledger.reinstate(grant_id, 4);
  await ledger.transfer(one, two, 30);
  await ledger.grant(plain, 40);
  await ledger.debit(plain, 12);
  await ledger.advanceClock("3 hours");
  await ledger.sql`select ledger.expire_holds(), ledger.expire_grants()`;
  await ledger.hold(one, 5, "open", "1 day");
  await ledger.hold(plain, 5, "open", "1 day");
}
