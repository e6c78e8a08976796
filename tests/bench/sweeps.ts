import type { Sql } from "postgres";
import { createHolders } from "./floor.ts";
import { type Figure, figureOf, type Measurement, median } from "./measurement.ts";
import type { Room, Stage } from "./stage.ts";

/** How much is due in each round: one thing of every account. */
const due = 1000;
const rounds = 7;

/** A sweep, and a table in which what it looks for is rare. */
interface Sweep {
  what: string;
  /** Fills the table with `each` rows for each holder, of which the first `rounds` fall due hour by hour. */
  fill(superuser: Sql, holders: string[], each: number): Promise<unknown>;
  /** Sweeps what is due, and returns how many there were. */
  run(sql: Sql): Promise<number>;
}

const sweeps: Sweep[] = [
  {
    what: "holds",
    fill: async (sql, _holders, each) => {
      await sql`
        insert into ledger.holds (account_id, key, fingerprint, amount, state, captured, feature, balance_after, created_at, expires_at, resolved_at)
        select a.id, n, '', 1, case when n <= ${rounds} then 'open' else 'captured' end::ledger.hold_state,
          case when n <= ${rounds} then 0 else 1 end, 'bench', '{}', private.now(), private.now() + n * interval '1 hour',
          case when n > ${rounds} then private.now() end
        from ledger.accounts a cross join lateral generate_series(1, ${each}::integer) n`;
      await sql`
        update ledger.accounts set available = available - ${rounds}, pending = ${rounds}, held_keys = true, next_change_at = private.now() + interval '1 hour'`;
    },
    run: (sql) => sql`select ledger.expire_holds(${due}) as done`.then(([row]) => row!["done"]),
  },
  {
    what: "grants",
    fill: async (sql, _holders, each) => {
      await sql`
        insert into ledger.grants (account_id, key, fingerprint, category, amount, remaining, live, effective_at, expires_at,
          posted_sequence, reason, created_at)
        select a.id, n, '', 'paid', 1, case when n <= ${rounds} then 1 else 0 end, n <= ${rounds}, private.now(),
          private.now() + n * interval '1 hour', 1, 'bench', private.now()
        from ledger.accounts a cross join lateral generate_series(1, ${each}::integer) n`;
      await sql`
        update ledger.accounts set metered = true, available = available + ${rounds}, next_change_at = private.now() + interval '1 hour'`;
    },
    run: (sql) => sql`select ledger.expire_grants(${due}) as done`.then(([row]) => row!["done"]),
  },
  {
    what: "invoices",
    fill: (sql, holders, each) =>
      sql`
      insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits,
        state, closed_at, created_at, expires_at)
      select 'modera', h, n, '', p.id, 'basic', 'Basic', p.amount, p.currency, p.credits,
        case when n <= ${rounds} then 'pending' else 'cancelled' end::billing.invoice_state,
        case when n > ${rounds} then private.now() end, private.now(), private.now() + n * interval '1 hour'
      from unnest(${holders}::uuid[]) h cross join lateral generate_series(1, ${each}::integer) n,
        (select * from billing.prices where currency = 'USD' and retired_at is null order by id limit 1) p`,
    run: (sql) =>
      sql`
      select count(billing.expire_invoice((d ->> 'invoice_id')::uuid))::integer as done
      from jsonb_array_elements(billing.due_invoices(${due})) d`.then(([row]) => row!["done"]),
  },
  {
    what: "sessions",
    fill: async (sql, holders, each) => {
      await sql`
        insert into modera.profiles (holder) select h from unnest(${holders}::uuid[]) h on conflict do nothing`;
      await sql`
        insert into modera.fashion_sessions (user_id, session_type, status, credits_used, created_at, completed_at, expires_at)
        select p.id, 'tryon', case when n <= ${rounds} then 'active' else 'completed' end, 0, private.now(),
          case when n > ${rounds} then private.now() end, private.now() + n * interval '1 hour'
        from modera.profiles p cross join lateral generate_series(1, ${each}::integer) n`;
    },
    run: (sql) =>
      sql`select (private.modera_expire_sessions(${due}) ->> 'expired')::integer as done`.then((
        [row],
      ) => row!["done"]),
  },
];

/** A room in which the table has so many rows, ready for the first round. */
async function filled(stage: Stage, { what, fill }: Sweep, rows: number): Promise<Room> {
  const room = await stage.room(`${what}_${rows}`, { movable: true });
  const holders = await createHolders(room.sql, due);
  // Without triggers and foreign keys: what is written is right, and there is much of it.
  await room.superuser`set session_replication_role = replica`;
  await fill(room.superuser, holders, rows / due);
  await room.superuser`vacuum (analyze)`;
  return room;
}

/** How long it takes to sweep what fell due in the next hour, in milliseconds. */
async function sweep({ what, run }: Sweep, { sql, superuser }: Room): Promise<number> {
  await superuser`select platform.advance_clock('1 hour')`;
  const from = performance.now();
  const done = await run(sql);
  const took = performance.now() - from;
  if (done !== due) throw new Error(`${done} ${what} were due`);
  return took;
}

async function compareSizes(stage: Stage, one: Sweep): Promise<Figure> {
  const small = await filled(stage, one, 10_000);
  const large = await filled(stage, one, 1_000_000);
  const times: { small: number; large: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 ? await sweep(one, large) : 0;
    const time = await sweep(one, small);
    times.push({ small: time, large: first || await sweep(one, large) });
  }
  // The first round of a connection plans what the others do not.
  const counted = times.slice(1);
  return {
    ...figureOf(counted.map(({ small, large }) => large / small), "times the time at 10 k"),
    detail: {
      "ms at 10 k": median(counted.map(({ small }) => small)),
      "ms at 1 M": median(counted.map(({ large }) => large)),
    },
  };
}

/** Sweeps take as long as there is to do, however much there is besides. */
export const sweeping: Measurement[] = sweeps.map((one) => ({
  name: `expiring 1,000 due ${one.what} in a table of 1 M`,
  limit: { must: 1.3, aim: 1.1, atMost: true },
  run: (stage) => compareSizes(stage, one),
}));
