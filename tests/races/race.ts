import postgres, { type TransactionSql } from "postgres";
import { eventually } from "../harness/eventually.ts";
import { Ledger, type Outcome } from "../database/ledger/ledger.ts";

/** How many connections race. */
export const racers = 64;

/** A ledger in which so many calls can wait at one gate, with some connections left for what does not wait. */
export function openRace(): Promise<Ledger> {
  return Ledger.open(racers + 4);
}

/** Who takes part in a race. */
export interface Field {
  /** The holder whose row is the gate: nothing of theirs moves while it is closed. */
  holder: string;
  /** Calls that line up at the gate, as many at once as there are connections. */
  atTheGate: (() => Promise<Outcome>)[];
  /** What happens once all wait, before the gate opens; `inside` is the transaction that holds it closed. */
  whileWaiting?: (inside: TransactionSql) => PromiseLike<unknown>;
  /** What happens in the moment in which the gate opens, and does not wait at it. */
  withTheGun?: (() => PromiseLike<unknown>)[];
}

/**
 * Lets calls collide: they start while somebody else holds the row that all need, and only when the database says
 * that all of them wait is it let go.
 * @returns the outcomes of the calls at the gate, in their order.
 */
export async function race(ledger: Ledger, field: Field): Promise<Outcome[]> {
  const gate = postgres(ledger.database.url, { max: 1, onnotice: () => {} });
  try {
    const closed = Promise.withResolvers<TransactionSql>();
    const open = Promise.withResolvers<void>();
    const closing = gate.begin(async (sql) => {
      // The account where there is one; its holder, which a new account refers to, where there is none.
      await sql`select from ledger.holders where holder = ${field.holder} for update`;
      await sql`select from ledger.accounts where holder = ${field.holder} for update`;
      closed.resolve(sql);
      await open.promise;
    });
    const inside = await closed.promise;
    const running = field.atTheGate.map((call) => call());
    const settled = Promise.allSettled(running);
    await untilWaiting(ledger, Math.min(racers, running.length));
    await field.whileWaiting?.(inside);
    const acts = (field.withTheGun ?? []).map((act) => act().then());
    open.resolve();
    await Promise.all([closing, ...acts]);
    await settled;
    return await Promise.all(running);
  } finally {
    await gate.end({ timeout: 1 });
  }
}

/** Until `count` connections of the database wait for a lock. */
async function untilWaiting(ledger: Ledger, count: number): Promise<void> {
  const observer = postgres(ledger.database.url, { max: 1, onnotice: () => {} });
  try {
    await eventually(
      async () => {
        const [row] = await observer`select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return row!.waiting as number;
      },
      (waiting) => waiting >= count,
      30_000,
    );
  } finally {
    await observer.end({ timeout: 1 });
  }
}

/** Those that were neither refused nor told what an earlier call had done. */
export function winners(outcomes: Outcome[]): Outcome[] {
  return outcomes.filter((outcome) => !outcome.refusal && !outcome.replayed);
}

/** `count` calls, made by their number. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
