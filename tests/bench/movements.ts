import type { Sql } from "postgres";
import { anyAccount, createFloor, createHolders, floorDebit, ledgerDebit } from "./floor.ts";
import { compare, usual } from "./measure.ts";
import type { Measurement } from "./measurement.ts";
import type { Room, Stage } from "./stage.ts";

const unit = "of the floor";
const batch = 50;

/** A room with the floor and plain accounts. */
async function plain(stage: Stage): Promise<Room & { holders: string[] }> {
  const room = await stage.room("plain");
  await createFloor(room.sql);
  return { ...room, holders: await createHolders(room.sql) };
}

/** The first account of all, which everybody wants. */
const hot = () => 0;

/** Debits, holds and captures against the floor. */
export const movements: Measurement[] = [
  {
    name: "debit over 1,000 accounts",
    limit: { must: 0.6, aim: 0.8 },
    async run(stage) {
      const { sql, holders } = await stage.shared(plain);
      const baseline = floorDebit(sql, anyAccount);
      return await compare({ baseline, subject: ledgerDebit(sql, holders, anyAccount), unit });
    },
  },
  {
    name: "debit on one hot account",
    limit: { must: 0.8, aim: 0.95 },
    async run(stage) {
      const { sql, holders } = await stage.shared(plain);
      const baseline = floorDebit(sql, hot);
      return await compare({ baseline, subject: ledgerDebit(sql, holders, hot), unit });
    },
  },
  {
    name: "debit with 5 live expiring grants",
    limit: { must: 0.35, aim: 0.55 },
    async run(stage) {
      const { sql } = await stage.room("expiring");
      await createFloor(sql);
      const holders = await createHolders(sql);
      await sql`
        select ledger.grant_credits('modera', holder, 1000000000, 'bench ' || n, expires_at => private.now() + n * interval '1 day')
        from unnest(${holders}::uuid[]) holder, generate_series(1, 5) n`;
      const baseline = floorDebit(sql, anyAccount);
      return await compare({ baseline, subject: ledgerDebit(sql, holders, anyAccount), unit });
    },
  },
  {
    name: "hold and capture over 1,000 accounts",
    limit: { must: 0.5, aim: 0.7 },
    async run(stage) {
      const { sql, holders } = await stage.shared(plain);
      const single = floorDebit(sql, anyAccount);
      const baseline = async (index: number) => {
        await single(index);
        await single(index);
      };
      return await compare({ baseline, subject: () => holdAndCapture(sql, holders), unit });
    },
  },
  {
    name: "debit_many in batches of 50",
    limit: { must: 0.5, aim: 0.75 },
    async run(stage) {
      const { sql, holders } = await stage.shared(plain);
      const lines = <T>(line: (account: number) => T) =>
        Array.from({ length: batch }, () => line(anyAccount()));
      const one = () => ({ amount: 1, key: crypto.randomUUID() });
      const bare = () => lines((account) => ({ account: account + 1, ...one() }));
      const debits = () =>
        lines((account) => ({ holder: holders[account]!, feature: "bench", ...one() }));
      const subject = () => sql`select ledger.debit_many('modera', ${sql.json(debits())})`;
      const atOnce = await compare({
        baseline: () => sql`select bench.debit_at_once(${sql.json(bare())})`,
        subject,
        unit,
      }, { ...usual, rounds: 5 });
      const baseline = () => sql`select bench.debit_each(${sql.json(bare())})`;
      const figure = await compare({ baseline, subject, unit });
      return { ...figure, detail: { "of one update and one insert for all": atOnce.value } };
    },
  },
];

async function holdAndCapture(sql: Sql, holders: string[]): Promise<void> {
  const [row] = await sql`
    select ledger.hold('modera', ${holders[
    anyAccount()
  ]!}, 1, ${crypto.randomUUID()}, 'bench', '1 hour') as held`;
  await sql`select ledger.capture(${row!["held"].hold_id}, ${crypto.randomUUID()})`;
}
