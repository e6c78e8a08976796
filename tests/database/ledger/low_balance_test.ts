import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { Ledger } from "./ledger.ts";

interface Low {
  threshold: number;
  balance: { posted: number; pending: number; available: number };
}

/** The facts that a holder's credits ran low, oldest first. */
async function facts(ledger: Ledger, holder: string): Promise<Low[]> {
  const rows = await ledger.sql`
    select payload from events.outbox where topic = 'credits.low' and payload ->> 'holder' = ${holder} order by id`;
  return rows.map(({ payload }) => payload);
}

const posted = async (ledger: Ledger, holder: string) =>
  (await facts(ledger, holder)).map(({ balance }) => balance.posted);

/** Sets a threshold: of one holder, or of all. */
const alertAt = (ledger: Ledger, holder: string | null, threshold: number | null) =>
  ledger.sql`select ledger.set_low_balance_alert('modera', ${holder}, ${threshold})`;

const debit = (ledger: Ledger, holder: string, amount: number) =>
  ledger.sql`select ledger.debit('modera', ${holder}, ${amount}, ${crypto.randomUUID()}, 'tryon')`;

Deno.test("64 debits at once that cross the threshold publish credits.low once", async () => {
  await using ledger = await Ledger.open(64);
  const holder = await ledger.holderWith(100);
  await alertAt(ledger, holder, 50);
  await Promise.all(Array.from({ length: 64 }, () => debit(ledger, holder, 1)));
  assert.deepEqual(await facts(ledger, holder), [
    {
      product: "modera",
      holder,
      threshold: 50,
      balance: { posted: 49, pending: 0, available: 49 },
    },
  ] as unknown as Low[]);
});

Deno.test("credits.low comes again only after the balance rose above the threshold", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(12);
  await alertAt(ledger, holder, 10);
  for (const amount of [2, 1, 1, 1]) await debit(ledger, holder, amount);
  assert.deepEqual(await posted(ledger, holder), [9]);
  await ledger.grant(holder, 2);
  await debit(ledger, holder, 1);
  assert.deepEqual(await posted(ledger, holder), [9]);
  await ledger.grant(holder, 20);
  await debit(ledger, holder, 20);
  assert.deepEqual(await posted(ledger, holder), [9, 8]);
});

Deno.test("a hold is no spending; its capture is", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(12);
  await alertAt(ledger, holder, 10);
  const [row] = await ledger.sql`
    select ledger.hold('modera', ${holder}, 3, 'h', 'tryon', '1 hour') ->> 'hold_id' as id`;
  assert.deepEqual(await posted(ledger, holder), []);
  await ledger.sql`select ledger.capture(${row!.id}, 'c')`;
  assert.deepEqual(await posted(ledger, holder), [9]);
});

Deno.test("a grant that runs out, and one that is taken back, are crossings too", async () => {
  await using ledger = await Ledger.open();
  const [first, second] = [await ledger.holder(), await ledger.holder()];
  await alertAt(ledger, null, 10);
  const at = await ledger.database.advanceClock("0 seconds");
  await ledger.grant(first, 20, { expires_at: new Date(at.getTime() + 3600_000) });
  const { grant_id } = await ledger.grant(second, 20);
  await ledger.sql`select ledger.revoke_grant(${grant_id}, 15, 'r', 'refund')`;
  await ledger.database.advanceClock("2 hours");
  await ledger.sql`select ledger.expire_grants(100)`;
  assert.deepEqual(await posted(ledger, first), [0]);
  assert.deepEqual(await posted(ledger, second), [5]);
});

Deno.test("a debit in bulk and a transfer cross once", async () => {
  await using ledger = await Ledger.open();
  const [from, to] = [await ledger.holderWith(20), await ledger.holder()];
  await alertAt(ledger, null, 10);
  const debits = Array.from({ length: 15 }, (_, n) => ({
    holder: from,
    amount: 1,
    key: `d${n}`,
    feature: "tryon",
  }));
  await ledger.sql`select ledger.debit_many('modera', ${ledger.sql.json(debits)})`;
  assert.deepEqual(await posted(ledger, from), [9]);
  await ledger.grant(from, 20);
  await ledger.sql`select ledger.transfer('modera', ${from}, ${to}, 20, 't', 'gift')`;
  assert.deepEqual(await posted(ledger, from), [9, 5]);
});

Deno.test("one's own threshold goes before the product's; 0 is silence", async () => {
  await using ledger = await Ledger.open();
  const [all, own, silent] = await Promise.all([20, 20, 20].map((n) => ledger.holderWith(n)));
  await alertAt(ledger, own!, 5);
  await alertAt(ledger, silent!, 0);
  await alertAt(ledger, null, 10);
  for (const holder of [all!, own!, silent!]) {
    await debit(ledger, holder, 12);
    await debit(ledger, holder, 8);
  }
  assert.deepEqual(await posted(ledger, all!), [8]);
  assert.deepEqual(await posted(ledger, own!), [0]);
  assert.deepEqual(await posted(ledger, silent!), []);
  await alertAt(ledger, silent!, null);
  await ledger.grant(silent!, 10);
  await debit(ledger, silent!, 1);
  assert.deepEqual(await posted(ledger, silent!), [9]);
});

Deno.test("setting a threshold above the balance tells nothing", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  await alertAt(ledger, holder, 10);
  await debit(ledger, holder, 1);
  assert.deepEqual(await posted(ledger, holder), []);
  await assert.rejects(alertAt(ledger, holder, -1), /invalid_amount/);
});

Deno.test("facts are the crossings of any run of grants and debits", async () => {
  await using ledger = await Ledger.open();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.integer({ min: -15, max: 15 }).filter((n) => n !== 0), { maxLength: 25 }),
      async (threshold, steps) => {
        const holder = await ledger.holder();
        await alertAt(ledger, holder, threshold);
        const expected: number[] = [];
        let balance = 0;
        let armed = false;
        for (const step of steps) {
          if (step > 0) await ledger.grant(holder, step);
          else await debit(ledger, holder, -step);
          if (balance + step < 0) continue;
          balance += step;
          if (armed && balance < threshold) expected.push(balance);
          armed = balance >= threshold;
        }
        assert.deepEqual(await posted(ledger, holder), expected);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("what is held counts for the threshold: a debit down to it is silent, one below it is told", async () => {
  await using ledger = await Ledger.open();
  const [plain, metered] = [await ledger.holderWith(20), await ledger.holderWith(10)];
  await ledger.grant(metered, 10, { expires_at: await ledger.fromNow("1 day") });
  for (const holder of [plain, metered]) {
    await alertAt(ledger, holder, 10);
    await ledger.hold(holder, 6);
    await debit(ledger, holder, 10);
    assert.deepEqual(await posted(ledger, holder), []);
    await debit(ledger, holder, 1);
    assert.deepEqual(await posted(ledger, holder), [9]);
  }
});
