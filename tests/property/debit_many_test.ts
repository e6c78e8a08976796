import assert from "node:assert/strict";
import fc from "../harness/fast_check.ts";
import type { Sql } from "postgres";
import { Ledger } from "../database/ledger/ledger.ts";
import { inSetting } from "../harness/setting.ts";

interface Line {
  holder: number;
  amount: number;
  key: string;
  feature: string;
}

/** What makes an account unusual; the first two are plain. */
const kinds = ["plain", "plain", "poor", "metered", "held", "due", "alerted", "burnt"] as const;

const line: fc.Arbitrary<Line> = fc.noBias(fc.record({
  holder: fc.nat(kinds.length - 1),
  amount: fc.integer({ min: 1, max: 30 }),
  // Few enough that some come twice, in one batch or in two.
  key: fc.integer({ min: 0, max: 60 }).map((n) => `key ${n}`),
  feature: fc.constantFrom("test", "test", "test", "other"),
}));

/** A holder of each kind. */
async function cast(ledger: Ledger): Promise<string[]> {
  return await Promise.all(kinds.map(async (kind) => {
    const holder = await ledger.holderWith(kind === "poor" ? 20 : 300);
    const soon = { expires_at: await ledger.fromNow("10 minutes") };
    if (kind === "metered") {
      await ledger.grant(holder, 30, { expires_at: await ledger.fromNow("2 days") });
    }
    if (kind === "due") await ledger.grant(holder, 50, soon);
    if (kind === "held") await ledger.hold(holder, 100, "held", "10 minutes");
    if (kind === "burnt") await ledger.debit(holder, 1000, "key 7");
    if (kind === "alerted") {
      await ledger.sql`select ledger.set_low_balance_alert('modera', ${holder}, 200)`;
    }
    return holder;
  }));
}

/** The outcomes of a batch, or the code of what it raised; nothing has happened then. */
async function attempt(sql: Sql, batch: (sql: Sql) => Promise<unknown[]>): Promise<unknown> {
  try {
    return await sql.begin((sql) => batch(sql as unknown as Sql));
  } catch (reason) {
    return (reason as Error).message;
  }
}

const nameless = (outcome: Record<string, unknown>) => ({ ...outcome, entry_id: null });

async function together(ledger: Ledger, holders: string[], lines: Line[]): Promise<unknown> {
  const debits = lines.map((one) => ({ ...one, holder: holders[one.holder]! }));
  return await attempt(ledger.sql, async (sql) => {
    const [row] = await sql`select ledger.debit_many('modera', ${sql.json(debits)}) as outcomes`;
    return row!["outcomes"].map(nameless);
  });
}

async function oneByOne(ledger: Ledger, holders: string[], lines: Line[]): Promise<unknown> {
  return await attempt(ledger.sql, async (sql) => {
    const outcomes: unknown[] = [];
    for (const { holder, amount, key, feature } of lines) {
      const [row] = await sql`
        select ledger.debit('modera', ${holders[
        holder
      ]!}, ${amount}, ${key}, ${feature}) as outcome`;
      outcomes.push(nameless(row!["outcome"]));
    }
    return outcomes;
  });
}

/** What is left of a holder's: entries, grants, and how often credits.low was told. */
async function remains(ledger: Ledger, holders: string[]): Promise<unknown> {
  return await Promise.all(holders.map(async (holder) => {
    const [row] = await ledger.sql`
      select ledger.balance('modera', ${holder}) as balance,
        (select count(*)::int from events.outbox where topic = 'credits.low' and payload ->> 'holder' = ${holder}) as told,
        (select jsonb_agg(jsonb_build_array(e.sequence, e.kind, e.amount, e.posted_after, e.pending_after, e.feature) order by e.sequence)
         from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.holder = ${holder}) as entries`;
    return { ...row, remaining: await ledger.remaining(holder) };
  }));
}

Deno.test("debits in bulk answer, and leave behind, what the same debits do one by one", async () => {
  await using ledger = await Ledger.open();
  const batches = fc.array(fc.array(line, { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 4,
  });
  /** The same key twice for one account, with other amounts. */
  const refused = [3, 4].map((amount) => ({ holder: 0, amount, key: "twice", feature: "test" }));
  let undone = 0;
  await fc.assert(
    fc.asyncProperty(batches, async (batches) => {
      const [one, other] = await Promise.all([cast(ledger), cast(ledger)]);
      await ledger.advanceClock("20 minutes");
      for (const batch of batches) {
        const expected = await oneByOne(ledger, one, batch);
        assert.deepEqual(await together(ledger, other, batch), expected);
        if (typeof expected === "string") undone++;
      }
      assert.deepEqual(await remains(ledger, other), await remains(ledger, one));
    }),
    { numRuns: inSetting(25, 500), examples: [[[refused]]] },
  );
  assert.ok(undone > 0, "no batch was refused as a whole");
  assert.deepEqual(await ledger.verify(), []);
});
