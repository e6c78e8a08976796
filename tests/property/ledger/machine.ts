import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { seed } from "../../harness/setting.ts";
import type { Answer, Call } from "./calls.ts";
import { Model } from "./model.ts";
import { callOf, holders, opening, plainly, type Step, step } from "./steps.ts";
import type { Run, Seen, World } from "./world.ts";

/** How often programs reached each answer of each call: `debit insufficient_credits`, `refund replayed`. */
export const reached = new Map<string, number>();

/** Where programs begin, in milliseconds. */
const start = Date.UTC(2030, 0, 1);

/** A random program, of plain grants alone or of all kinds, and moments of it to look back at, as shares of its length. */
export type Program = { plain: boolean; openings: Step[]; steps: Step[]; moments: number[] };

/** Programs of up to `longest` steps. */
function programs(longest: number): fc.Arbitrary<Program> {
  return fc.record({
    plain: fc.boolean(),
    openings: fc.array(step, { minLength: holders, maxLength: holders }),
    steps: fc.noBias(fc.array(step, { minLength: 5, maxLength: longest, size: "max" })),
    moments: fc.array(fc.double({ min: 0, max: 1.05, noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    }),
  });
}

/**
 * Runs random programs until one fails or all have passed. A failure is reported with its seed, and with as small a
 * program as `shrinking` milliseconds (30,000) find.
 */
export async function runPrograms(
  world: World,
  { runs, longest, round = 0, shrinking = 30_000 }: {
    runs: number;
    longest: number;
    /** Other programs for each. */
    round?: number;
    shrinking?: number;
  },
): Promise<void> {
  let failedAt: number | null = null;
  await fc.assert(
    fc.asyncProperty(programs(longest), async (program) => {
      if (failedAt !== null && performance.now() - failedAt > shrinking) return;
      try {
        await runProgram(world, program);
      } catch (reason) {
        failedAt ??= performance.now();
        throw reason;
      }
    }),
    { numRuns: runs, seed: seed() + round },
  );
}

/** Runs a program against the model and the database, and holds them against each other after each step. */
async function runProgram(
  world: World,
  { plain, openings, steps, moments }: Program,
): Promise<void> {
  await world.run(holders, async (run) => {
    const model = new Model(holders);
    const made: Call[] = [];
    const past: { at: number; model: Model }[] = [];
    let now = start;
    const all = [...openings.map(opening), ...steps];
    for (const next of plain ? all.map(plainly) : all) {
      now += next.kind === "wait" ? next.minutes * 60_000 : 1;
      try {
        await take(next, { run, model, made, now });
        past.push({ at: now, model: model.clone() });
      } catch (reason) {
        throw new Error(`after ${made.map((call) => JSON.stringify(call)).join("\n")}`, {
          cause: reason,
        });
      }
    }
    await lookBack(run, past, moments.map((share) => start + Math.floor(share * (now - start))));
    for (let holder = 0; holder < holders; holder++) {
      const expected = model.accounts[holder]!.entries.map((
        { entry_id, kind, amount, balance_after, reverses, hold_id, grant_id },
      ) => ({ entry_id, kind, amount, balance_after, reverses, hold_id, grant_id }));
      assert.deepEqual(await run.entries(holder), expected, `entries of holder ${holder}`);
    }
    assert.deepEqual(await run.differences(), [], "ledger.verify()");
  });
}

async function take(
  next: Step,
  { run, model, made, now }: { run: Run; model: Model; made: Call[]; now: number },
): Promise<void> {
  if (next.kind === "sweep") {
    model.sweep(now);
    await run.sweep(now);
  }
  const call = callOf(next, model, made, now);
  const everybody = model.accounts.map(({ holder }) => holder);
  if (!call) return compare(await run.see(now, everybody), model, now, everybody);
  if (next.kind !== "retry") made.push(call);
  const touched = touchedBy(call, model);
  const expected = model.apply(call, now);
  const [answer, seen] = await Promise.all([
    run.apply(call, now, expected),
    run.see(now, touched),
  ]);
  assert.deepEqual(answer, expected, JSON.stringify(call));
  const answered = `${call.name} ${kindOf(expected)}`;
  reached.set(answered, (reached.get(answered) ?? 0) + 1);
  if (call.name === "transfer") await run.nameGrants(model.lots());
  compare(seen, model, now, touched);
}

/** The holders whose balances a call can change. */
function touchedBy(call: Call, model: Model): number[] {
  if (call.name === "transfer") return [...new Set([call.from, call.to])];
  if ("holder" in call) return [call.holder];
  const owned = "hold" in call
    ? model.holds().find(({ name }) => name === call.hold)
    : model.lots().find(({ name }) => name === call.grant);
  return owned ? [owned.holder] : [];
}

/** What kind of an answer it is: done, replayed, or the code of what was refused or raised. */
function kindOf(answer: Answer): string {
  if (typeof answer.error === "string") return answer.error;
  const refusal = "refusal" in answer ? (answer.refusal as { code: string }).code : null;
  return [refusal, "replayed" in answer && answer.replayed === true ? "replayed" : null].filter(
    Boolean,
  ).join(" ") || "done";
}

/** Balances and grants are the same, as of now; and nothing is ever below zero. */
function compare(seen: Seen, model: Model, now: number, of: number[]): void {
  const settled = model.at(now);
  for (const holder of of) {
    const balance = settled.balance(holder);
    assert.ok(balance.available >= 0 && balance.pending >= 0, JSON.stringify(balance));
    assert.deepEqual(
      seen(holder),
      { balance, live: settled.live(holder, now) },
      `holder ${holder}`,
    );
  }
}

/** The balance of any moment is the one that was the truth then. */
async function lookBack(
  run: Run,
  past: { at: number; model: Model }[],
  moments: number[],
): Promise<void> {
  for (const at of moments) {
    const then = past.findLast((state) => state.at <= at)?.model ?? new Model(holders);
    const expected = then.at(at);
    assert.deepEqual(
      await run.balancesAt(at),
      expected.accounts.map((account) => account.balance()),
      `balances at ${new Date(at).toISOString()}`,
    );
  }
}
