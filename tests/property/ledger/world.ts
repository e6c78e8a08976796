import postgres from "postgres";
import { freshDatabase } from "../../harness/database.ts";
import type { Answer, Balance, Call, Entry } from "./calls.ts";
import { Names } from "./names.ts";

/** What the database shows of one holder: its balance and what remains of its grants. */
interface Holding {
  balance: Balance;
  live: { grant_id: string; amount: number; remaining: number }[];
}

/** What it showed of a holder at one moment; asked when the names of new grants are known. */
export type Seen = (holder: number) => Holding;

/** Undoes a program when it is over. */
const undo = new Error("undo");

/**
 * A database in which programs run, one after the other, each in a transaction that is rolled back: the ledger
 * deletes nothing. Its clock stands at whatever moment a step names.
 */
export class World implements AsyncDisposable {
  private constructor(readonly sql: postgres.Sql, readonly close: () => Promise<void>) {}

  static async open(): Promise<World> {
    const database = await freshDatabase(1);
    const { sql } = database;
    await sql`
      create or replace function private.now() returns timestamptz language sql stable set search_path = ''
      as $$ select current_setting('world.now')::timestamptz $$`;
    await sql`create schema world`;
    // A call that raises leaves the program's transaction usable, and answers with what it raised.
    await sql`
      create function world.attempt(at timestamptz, call text) returns jsonb language plpgsql as $$
      declare
        answer jsonb;
        code text;
        problem text;
      begin
        perform set_config('world.now', at::text, true);
        execute call into answer;
        return answer;
      exception when others then
        get stacked diagnostics code = returned_sqlstate, problem = message_text;
        return jsonb_build_object('error', problem, 'status', code);
      end $$`;
    await sql`
      create function world.seen(at timestamptz, holders uuid[]) returns jsonb language plpgsql as $$
      begin
        perform set_config('world.now', at::text, true);
        return (select jsonb_agg(jsonb_build_object(
          'balance', ledger.balance('modera', h.holder), 'live', ledger.live_grants('modera', h.holder)) order by h.place)
        from unnest(holders) with ordinality as h (holder, place));
      end $$`;
    return new World(sql, database.close);
  }

  /** Runs a program for so many new holders, and undoes it. */
  async run(holders: number, program: (run: Run) => Promise<void>): Promise<void> {
    await this.sql.begin(async (sql) => {
      const ids = Array.from({ length: holders }, () => crypto.randomUUID());
      await sql`select set_config('world.now', '2030-01-01', true)`;
      for (const id of ids) await sql`select ledger.register_holder('modera', ${id})`;
      await program(new Run(sql, ids));
      throw undo;
    }).catch((reason) => {
      if (reason !== undo) throw reason;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** One program in the database. */
export class Run {
  readonly #names = new Names();

  constructor(readonly sql: postgres.TransactionSql, readonly holders: string[]) {}

  /** Makes a call at `now`; ids in its answer become the names that the model's answer gives them. */
  async apply(call: Call, now: number, expected: Answer): Promise<Answer> {
    const statement = `select ledger.${functionOf[call.name]}(${this.#arguments(call)})`;
    const [row] = await this.sql`select world.attempt(${moment(now)}, ${statement}) as answer`;
    if (typeof row!.answer.error === "string") {
      return { error: row!.answer.error, status: Number(row!.answer.status.slice(2)) };
    }
    await this.#learnAccounts();
    return this.#names.told(row!.answer, expected);
  }

  /** Gives the grants that a transfer made their names, by the entries that credited them. */
  async nameGrants(lots: { name: string; holder: number; posted: number | null }[]): Promise<void> {
    const unnamed = lots.filter(({ name, posted }) => posted !== null && !this.#names.has(name));
    if (unnamed.length === 0) return;
    const rows = await this.sql<{ id: string; holder: string; posted: number }[]>`
      select g.id, a.holder, g.posted_sequence::int as posted
      from ledger.grants g join ledger.accounts a on a.id = g.account_id where a.holder = any (${this.holders})`;
    for (const lot of unnamed) {
      const row = rows.find(({ holder, posted }) =>
        holder === this.holders[lot.holder] && posted === lot.posted
      );
      if (row) this.#names.bind(row.id, lot.name);
    }
  }

  async sweep(now: number): Promise<void> {
    for (const sweep of ["holds", "grants"]) {
      await this.sql`select world.attempt(${
        moment(now)
      }, ${`select to_jsonb(ledger.expire_${sweep}())`})`;
    }
  }

  /** What some holders have at `now`. */
  async see(now: number, holders: number[]): Promise<Seen> {
    const ids = holders.map((holder) => this.holders[holder]!);
    const [row] = await this.sql<{ seen: Holding[] }[]>`
      select world.seen(${moment(now)}, ${ids}) as seen`;
    return (holder) => {
      const { balance, live } = row!.seen[holders.indexOf(holder)]!;
      return { balance, live: live.map((grant) => this.#lived(grant)) };
    };
  }

  #lived({ grant_id, amount, remaining }: Holding["live"][number]): Holding["live"][number] {
    return { grant_id: this.#names.of(grant_id), amount, remaining };
  }

  /** The balances of all holders at a moment of the past. */
  async balancesAt(at: number): Promise<Balance[]> {
    const rows = await this.sql<{ balance: Balance }[]>`
      select ledger.balance('modera', h.holder, ${moment(at)}) as balance
      from unnest(${this.holders}::uuid[]) with ordinality as h (holder, place) order by h.place`;
    return rows.map(({ balance }) => balance);
  }

  /** The whole statement of a holder, oldest entry first, read by pages. */
  async entries(holder: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    let cursor: string | null = null;
    do {
      const [row]: { page: { entries: Entry[]; next_cursor: string | null } }[] = await this.sql`
        select ledger.statement('modera', ${this.holders[holder]!}, ${cursor}, 7) as page`;
      entries.push(...row!.page.entries);
      cursor = row!.page.next_cursor;
    } while (cursor !== null);
    return entries.reverse().map((
      { entry_id, kind, amount, balance_after, reverses, hold_id, grant_id },
    ) => ({
      entry_id: this.#names.entry(entry_id),
      kind,
      amount,
      balance_after,
      reverses: reverses && this.#names.entry(reverses),
      hold_id: hold_id && this.#names.of(hold_id),
      grant_id: grant_id && this.#names.of(grant_id),
    }));
  }

  async differences(): Promise<unknown[]> {
    return [...await this.sql`select * from ledger.verify()`];
  }

  /** Accounts are made by their first movement; their ids are in the ids of entries. */
  async #learnAccounts(): Promise<void> {
    if (this.#names.accounts.size === this.holders.length) return;
    const rows = await this.sql<{ id: string; holder: string }[]>`
      select id, holder from ledger.accounts where holder = any (${this.holders})`;
    for (const { id, holder } of rows) this.#names.accounts.set(id, this.holders.indexOf(holder));
  }

  #arguments(call: Call): string {
    const key = `'${call.key}'`;
    const holder = (index: number) => `'modera', '${this.holders[index]}'`;
    switch (call.name) {
      case "grant":
        return `${
          holder(call.holder)
        }, ${call.amount}, ${key}, '${call.category}', ${call.priority}, ${
          literal(call.effectiveAt)
        }, ${literal(call.expiresAt)}`;
      case "debit":
        return `${holder(call.holder)}, ${call.amount}, ${key}, '${call.feature}'`;
      case "hold":
        return `${holder(call.holder)}, ${call.amount}, ${key}, 'test', '${call.minutes} minutes'`;
      case "capture":
        return `'${this.#names.idOf(call.hold)}', ${key}, ${call.amount}`;
      case "release":
        return `'${this.#names.idOf(call.hold)}', ${key}, 'test'`;
      case "refund":
        return `${holder(call.holder)}, '${
          this.#names.entryId(call.entry)
        }', ${call.amount}, ${key}, 'test'`;
      case "revoke":
      case "reinstate":
        return `'${this.#names.idOf(call.grant)}', ${call.amount}, ${key}, 'test'`;
      case "transfer":
        return `${holder(call.from)}, '${this.holders[call.to]}', ${call.amount}, ${key}, 'test'`;
    }
  }
}

const functionOf: Record<Call["name"], string> = {
  grant: "grant_credits",
  debit: "debit",
  hold: "hold",
  capture: "capture",
  release: "release",
  refund: "refund",
  revoke: "revoke_grant",
  reinstate: "reinstate_grant",
  transfer: "transfer",
};

function moment(at: number): string {
  return new Date(at).toISOString();
}

function literal(at: number | null): string {
  return at === null ? "null" : `'${moment(at)}'`;
}
