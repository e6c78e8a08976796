import type postgres from "postgres";

/** How a life calls its transactions: each step in one, or each statement by itself. */
export type Manner = "in transactions" | "each by itself";

/** What one life of paid work is known by. */
export interface Work {
  holder: string;
  kind: string;
}

/** What a client has been told so far. */
interface Told {
  worker: string;
  hold?: string;
  job?: string;
  claimed?: boolean;
}

/** One statement that the client or the worker sends. */
type Statement = (sql: postgres.Sql, told: Told) => Promise<unknown>;

const credits = 3;

const hold = ({ holder }: Work): Statement => async (sql, told) => {
  const [row] = await sql`
    select ledger.hold('modera', ${holder}, ${credits}, 'hold', 'test', '30 days') as outcome`;
  told.hold = row!["outcome"].hold_id;
};

const enqueue = ({ kind }: Work): Statement => async (sql, told) => {
  const payload = sql.json({ hold: told.hold! });
  const [row] = await sql`select jobs.enqueue(${kind}, ${payload}, 'work') as id`;
  told.job = row!["id"];
};

const claim = ({ kind }: Work): Statement => async (sql, told) => {
  const [row] = await sql`select jobs.claim(${[kind]}, ${told.worker}) as jobs`;
  told.claimed = row!["jobs"].length === 1;
};

const capture = (): Statement => async (sql, told) => {
  if (told.claimed) await sql`select ledger.capture(${told.hold!}, 'capture')`;
};

const complete = (): Statement => async (sql, told) => {
  if (told.claimed) await sql`select jobs.complete(${told.job!}, ${told.worker})`;
};

const begin: Statement = (sql) => sql`begin`;
const commit: Statement = (sql) => sql`commit`;

/** The statements from the hold to the end of the job, as the client and then the worker send them. */
export function statementsOf(work: Work, manner: Manner): Statement[] {
  const asked = [hold(work), enqueue(work)];
  const done = [capture(), complete()];
  return manner === "each by itself"
    ? [...asked, claim(work), ...done]
    : [begin, ...asked, commit, claim(work), begin, ...done, commit];
}

/** After how many statements the client was told that the work is asked for: from then on it may not get lost. */
export const askedAfter: Record<Manner, number> = { "in transactions": 4, "each by itself": 2 };

/**
 * Sends the first `count` statements and waits for their answers; then, if `next`, one more whose answer nobody
 * waits for.
 */
export async function live(
  sql: postgres.Sql,
  statements: Statement[],
  { count, next }: { count: number; next: boolean },
): Promise<void> {
  const told: Told = { worker: crypto.randomUUID() };
  for (const statement of statements.slice(0, count)) await statement(sql, told);
  if (next) statements[count]?.(sql, told).catch(() => {});
}

/** What became of some work. */
export interface Fate {
  holds: string[];
  job: string | null;
  entries: string[];
  balance: { posted: number; pending: number; available: number };
}

/** Reads what became of some work. */
export async function fateOf(sql: postgres.Sql, { holder, kind }: Work): Promise<Fate> {
  const [row] = await sql<[Fate]>`
    select
      (select coalesce(jsonb_agg(h.state), '[]') from ledger.holds h where h.account_id = a.id) as holds,
      (select q.state from jobs.queue q where q.kind = ${kind}) as job,
      (select jsonb_agg(e.kind || ' ' || e.amount order by e.sequence) from ledger.entries e where e.account_id = a.id) as entries,
      ledger.balance('modera', a.holder) as balance
    from ledger.accounts a where a.holder = ${holder}`;
  return row;
}
