import type { Sql } from "postgres";
import { createHolders } from "./floor.ts";
import { figureOf, type Measurement } from "./measurement.ts";

const batches = 1000;
const batch = 1000;

/** A million honest debits, in batches whose accounts nobody else wants. */
async function debitAMillion(sql: Sql, holders: string[]): Promise<void> {
  const at = 4;
  const each = holders.length / at;
  await Promise.all(Array.from({ length: at }, async (_, worker) => {
    const own = holders.slice(worker * each, (worker + 1) * each);
    for (let made = 0; made < batches / at; made++) {
      const debits = Array.from({ length: batch }, (_, index) => ({
        holder: own[index % own.length]!,
        amount: 1,
        key: `${made} ${index}`,
        feature: "bench",
      }));
      await sql`select ledger.debit_many('modera', ${sql.json(debits)})`;
    }
  }));
}

/** The proofs that the ledger is right. */
export const proof: Measurement[] = [
  {
    name: "ledger.verify() of 1 M entries",
    limit: { must: 300_000, aim: 1_000_000 },
    async run(stage) {
      const { sql, superuser } = await stage.room("proof");
      const holders = await createHolders(sql);
      await debitAMillion(sql, holders);
      await superuser`vacuum (analyze) ledger.entries, ledger.accounts`;
      const [{ entries }] = await sql<[{ entries: number }]>`
        select count(*)::integer as entries from ledger.entries`;
      const rates: number[] = [];
      for (let round = 0; round < 5; round++) {
        const started = performance.now();
        const differences = await sql`select * from ledger.verify()`;
        rates.push(entries / ((performance.now() - started) / 1000));
        if (differences.length > 0) throw new Error(`${differences.length} differences`);
      }
      return { ...figureOf(rates, "entries a second"), detail: { entries } };
    },
  },
];
