import fc from "../../harness/fast_check.ts";
import type { Call } from "./calls.ts";
import type { Model } from "./model.ts";

/** How many holders a program has. */
export const holders = 3;

/**
 * One step of a random program, before it is known what there is to choose from: `pick` chooses a hold, entry, grant or
 * earlier call; amounts are credits, times minutes.
 */
export interface Step {
  kind: Call["name"] | "retry" | "alter" | "wait" | "sweep";
  holder: number;
  other: number;
  amount: number;
  part: "all" | "some" | "too much";
  minutes: number;
  effective: number | null;
  expires: number | null;
  promotional: boolean;
  priority: number;
  pick: number;
  /** Whether the call comes with the key of an earlier one of another kind. */
  reuse: boolean;
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(null), arbitrary);

const kinds: [Step["kind"], number][] = [
  ["grant", 6],
  ["debit", 8],
  ["hold", 6],
  ["capture", 6],
  ["release", 3],
  ["refund", 6],
  ["revoke", 1],
  ["reinstate", 2],
  ["transfer", 3],
  ["retry", 6],
  ["alter", 2],
  ["wait", 5],
  ["sweep", 1],
];

/** Steps of all kinds, those that move value most often; without fast-check's liking for the smallest values. */
export const step: fc.Arbitrary<Step> = fc.noBias(fc.record({
  kind: fc.oneof(
    ...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) })),
  ),
  holder: fc.nat(holders - 1),
  other: fc.nat(holders - 1),
  amount: fc.integer({ min: 1, max: 20 }),
  part: fc.constantFrom("all" as const, "some" as const, "some" as const, "too much" as const),
  minutes: fc.integer({ min: 1, max: 90 }),
  effective: orNull(fc.integer({ min: -30, max: 60 })),
  expires: orNull(fc.integer({ min: -5, max: 120 })),
  promotional: fc.boolean(),
  priority: fc.constantFrom(0, 0, 0, -1, 5),
  pick: fc.nat(1000),
  reuse: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
}));

const minute = 60_000;

/** A step whose grant, if it is one, is like all others: without end, priority or a later beginning. */
export function plainly(step: Step): Step {
  return {
    ...step,
    effective: step.effective && -Math.abs(step.effective),
    expires: null,
    priority: 0,
  };
}

/** A step as the opening of a program: credits for a holder, now, so that there is something to move. */
export function opening(step: Step, holder: number): Step {
  const expires = step.expires === null ? null : 30 + Math.abs(step.expires);
  return { ...step, kind: "grant", holder, effective: null, expires, priority: 0, amount: 20 };
}

/**
 * The call that a step comes to, given what there is by now; null when there is nothing to choose.
 * @param made the calls of the program so far
 */
export function callOf(step: Step, model: Model, made: Call[], now: number): Call | null {
  // Half of the time what is recent, so that one entry or hold meets several calls.
  const chosen = <T>(things: T[]): T | undefined => {
    const among = step.pick % 2 ? things : things.slice(-3);
    return among[(step.pick >> 1) % Math.max(1, among.length)];
  };
  const key = step.reuse && made.length > 0 ? chosen(made)!.key : `key ${made.length + 1}`;
  const { kind, holder, other, amount, minutes, part } = step;
  switch (kind) {
    case "retry":
      return chosen(made) ?? null;
    case "alter":
      return altered(chosen(made));
    case "grant": {
      const { priority } = step;
      const effectiveAt = step.effective === null ? null : now + step.effective * minute;
      const expiresAt = step.expires === null ? null : now + step.expires * minute;
      const category = step.promotional ? "promotional" : "paid";
      // Most grants are larger than what is spent at once, or programs would soon be out of credits.
      const size = amount * (1 + step.pick % 5);
      return {
        key,
        name: kind,
        holder,
        amount: size,
        category,
        priority,
        effectiveAt,
        expiresAt,
      };
    }
    case "debit":
      return { key, name: kind, holder, amount, feature: "test" };
    case "hold":
      return { key, name: kind, holder, amount, minutes };
    case "transfer":
      return { key, name: kind, from: holder, to: other, amount };
    case "capture": {
      const hold = chosen(model.holds());
      if (!hold) return null;
      const taken = part === "all"
        ? null
        : part === "some"
        ? Math.ceil(hold.amount / 2)
        : hold.amount + 1;
      return { key, name: kind, hold: hold.name, amount: taken };
    }
    case "release": {
      const hold = chosen(model.holds());
      return hold ? { key, name: kind, hold: hold.name } : null;
    }
    case "refund": {
      const { entries } = model.accounts[holder]!;
      const spent = entries.filter(({ kind }) => kind === "debit" || kind === "capture");
      // What was given back in part is what a second refund goes on with; left to chance, few programs would.
      const begun = spent.filter(({ refunded, amount }) => refunded > 0 && refunded < -amount);
      const open = begun.length > 0 && minutes % 2 ? begun : spent;
      const entry = chosen(part === "too much" ? entries : open);
      if (!entry) return null;
      const size = Math.abs(entry.amount);
      const given = part === "all" ? size : part === "some" ? Math.ceil(size / 3) : size + 1;
      return { key, name: kind, holder, entry: entry.entry_id, amount: given };
    }
    case "revoke":
    case "reinstate": {
      const grant = chosen(model.lots());
      return grant ? { key, name: kind, grant: grant.name, amount } : null;
    }
    case "wait":
    case "sweep":
      return null;
  }
}

/** The same key with another body. */
function altered(call: Call | undefined): Call | null {
  if (!call) return null;
  if (call.name === "release") return { ...call, name: "capture", amount: 1 };
  return { ...call, amount: (call.amount ?? 0) + 1 };
}
