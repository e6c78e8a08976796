/**
 * `npm test -- [--seed N] [path…]`: divides the test files into parts, each with a platform of its own in a temporary
 * folder, a few at a time, and ends with what went wrong and a line `N passed, N failed`. Files in tests/http run once
 * per database adapter. `npm run test:long` gives what is random or concurrent more rounds, and runs nothing else
 * unless told.
 */
import { messageOf, StartFailure } from "../packages/platform/failure.ts";
import { interrupted } from "../packages/platform/interrupt.ts";
import { progressOnStderr } from "../packages/platform/mod.ts";
import { findTests } from "./harness/files.ts";
import { readOptions } from "./harness/options.ts";
import { runPart } from "./harness/part.ts";
import { partsOf } from "./harness/parts.ts";
import type { Tally } from "./harness/runner.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const progress = progressOnStderr("test");
const abort = new AbortController();
// Tests wait a good deal, so that one more part than there are processors keeps them busy.
const atOnce = Math.min(4, navigator.hardwareConcurrency + 1);
interrupted().then((why) => abort.abort(why));
const options = readOptions(Deno.args);
const replay = `Seed ${options.seed}; replay with --seed ${options.seed}.`;
progress.note(replay);
const { passed, failed, errors } = await main();
if (failed > 0) errors.push(replay);
const end = [...errors, `${passed} passed, ${failed} failed`, ""];
Deno.stdout.writeSync(new TextEncoder().encode(end.join("\n")));
Deno.exit(failed === 0 ? 0 : 1);

async function main(): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0, errors: [] };
  const fail = (what: string) => {
    total.failed++;
    total.errors.push(what);
  };
  const parts = partsOf(await findTests(root, options.wanted));
  if (parts.length === 0) fail(`no test file has ${options.wanted.join(" or ")} in its path`);
  const logs = Deno.env.get("TESSERA_LOGS") !== undefined;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let part = parts.shift(); part && !abort.signal.aborted; part = parts.shift()) {
      try {
        const tally = await runPart(part, { root, options, progress, signal: abort.signal, logs });
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.errors.push(...tally.errors);
      } catch (reason) {
        if (!(reason instanceof StartFailure)) throw reason;
        fail(`${part.label} | ${messageOf(reason)}`);
      }
    }
  }));
  if (abort.signal.aborted) fail(`interrupted: ${abort.signal.reason}`);
  return total;
}
