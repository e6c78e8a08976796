/**
 * `npm test -- [--seed N] [path…]`: divides the test files into parts, each with a platform of its own in a temporary
 * folder, a few at a time, and ends with a line `N passed, N failed`. Files in tests/http run once per database adapter.
 * `npm run test:long` gives what is random or concurrent more rounds, and runs nothing else unless told.
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
const { passed, failed } = await main();
Deno.stdout.writeSync(new TextEncoder().encode(`${passed} passed, ${failed} failed\n`));
Deno.exit(failed === 0 ? 0 : 1);

async function main(): Promise<Tally> {
  const options = readOptions(Deno.args);
  const total: Tally = { passed: 0, failed: 0 };
  const parts = partsOf(await findTests(root, options.wanted));
  if (parts.length === 0) {
    progress.note(`No test file has ${options.wanted.join(" or ")} in its path.`);
    total.failed++;
  }
  progress.note(`Seed ${options.seed}; replay with --seed ${options.seed}.`);
  const logs = Deno.env.get("TESSERA_LOGS") !== undefined;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let part = parts.shift(); part && !abort.signal.aborted; part = parts.shift()) {
      try {
        const tally = await runPart(part, { root, options, progress, signal: abort.signal, logs });
        total.passed += tally.passed;
        total.failed += tally.failed;
      } catch (reason) {
        if (!(reason instanceof StartFailure)) throw reason;
        progress.note(messageOf(reason));
        total.failed++;
      }
    }
  }));
  if (abort.signal.aborted) total.failed++;
  return total;
}
