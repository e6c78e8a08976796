import { seedVariable, settingVariable } from "./setting.ts";

/** What `npm test` and `npm run test:long` were told. */
export interface TestOptions {
  /** Parts of the paths to run; none means all. */
  wanted: string[];
  /** What test files read by harness/setting.ts. */
  env: Record<string, string>;
  seed: number;
  /** Milliseconds after which the run is hanging: 22 minutes, in the long setting 3 hours. */
  patience: number;
}

/** The tests that do more in the long setting. */
const longer = ["tests/property", "tests/races", "tests/crash", "tests/database/ledger"];

/** Reads `[--long] [--seed N] [path…]`; without a seed each run has its own. */
export function readOptions(args: readonly string[]): TestOptions {
  const wanted: string[] = [];
  let long = false;
  let seed = Math.trunc(Math.random() * 0x7fffffff);
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--long") long = true;
    else if (args[at] === "--seed") seed = Number(args[++at]);
    else wanted.push(args[at]!);
  }
  return {
    wanted: long && wanted.length === 0 ? longer : wanted,
    env: { [seedVariable]: String(seed), [settingVariable]: long ? "long" : "short" },
    seed,
    patience: (long ? 180 : 22) * 60_000,
  };
}
