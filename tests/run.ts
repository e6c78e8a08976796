/**
 * `npm test -- [--seed N] [path…]`: boots one platform in a temporary folder, runs the test files under it, and
 * ends with a line `N passed, N failed`. Files in tests/http run once per database adapter. `npm run test:long` gives
 * what is random or concurrent more rounds, and runs nothing else unless told.
 */
import { newKeys } from "../packages/platform/keys.ts";
import { messageOf, StartFailure } from "../packages/platform/failure.ts";
import { interrupted } from "../packages/platform/interrupt.ts";
import { type Platform, progressOnStderr, startPlatform } from "../packages/platform/mod.ts";
import { LeakWatch } from "./harness/leaks.ts";
import { serveControl } from "./harness/control.ts";
import { type TestPlatform, variable } from "./harness/environment.ts";
import { findTests } from "./harness/files.ts";
import { readOptions } from "./harness/options.ts";
import { runTests, type Tally } from "./harness/runner.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const progress = progressOnStderr("test");
const abort = new AbortController();
const leaks = new LeakWatch();
interrupted().then((why) => abort.abort(why));
Deno.exit(await main());

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  const files = await findTests(root, options.wanted);
  if (files.length === 0) {
    progress.note(`No test file has ${options.wanted.join(" or ")} in its path.`);
    print("0 passed, 1 failed\n");
    return 1;
  }
  progress.note(`Seed ${options.seed}; replay with --seed ${options.seed}.`);
  const total: Tally = { passed: 0, failed: 0 };
  let platform: Platform;
  try {
    const quiet = Deno.env.get("TESSERA_LOGS") === undefined;
    const keys = newKeys();
    leaks.watch({ ...keys, publishable: null });
    platform = await startPlatform({
      root,
      port: 0,
      template: true,
      signal: abort.signal,
      progress,
      keys,
      log(line) {
        leaks.line(line);
        if (!quiet) progress.note(line);
      },
    });
    leaks.watch({ "the secret of Stripe's webhook": platform.stripe_webhook_secret });
  } catch (reason) {
    if (!(reason instanceof StartFailure)) throw reason;
    progress.note(messageOf(reason));
    print("0 passed, 1 failed\n");
    return 1;
  }
  const control = serveControl(platform, leaks);
  try {
    for (const pass of passesOf(files)) {
      if (abort.signal.aborted || pass.files.length === 0) continue;
      await platform.restartFunctions({ DATABASE_ADAPTER: pass.adapter });
      progress.note(`${pass.files.length} files (${pass.label})`);
      const described = describe(platform, control.url, pass.adapter);
      const tally = await runTests({
        root,
        files: pass.files,
        env: { [variable]: described, ...options.env },
        patience: options.patience,
        signal: abort.signal,
      });
      total.passed += tally.passed;
      total.failed += tally.failed;
    }
    await leaks.database(superuserUrl(platform, "postgres"));
  } finally {
    await control.stop();
    await platform.stop();
  }
  total.failed += report(leaks);
  if (abort.signal.aborted) total.failed++;
  print(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

interface Pass {
  label: string;
  adapter: TestPlatform["adapter"];
  files: string[];
}

function passesOf(files: string[]): Pass[] {
  const http = files.filter((file) => file.startsWith("tests/http/"));
  return [
    { label: "functions on a direct connection", adapter: "direct", files },
    { label: "functions on the Data API", adapter: "data-api", files: http },
  ];
}

/** Says which secrets were found where they must not be; returns their number. */
function report(leaks: LeakWatch): number {
  const { found, lines, secrets } = leaks.report;
  progress.note(`${secrets} secrets were looked for in every row and ${lines} lines of the log`);
  for (const leak of found) progress.note(`leaked: ${leak}`);
  return found.length;
}

function superuserUrl(platform: Platform, database: string): string {
  const url = new URL(platform.db_url);
  url.username = "supabase_admin";
  url.pathname = `/${database}`;
  return url.href;
}

function describe(platform: Platform, control: string, adapter: TestPlatform["adapter"]): string {
  return JSON.stringify({
    ...platform,
    admin_url: superuserUrl(platform, "template1"),
    template: "tessera_template",
    control_url: control,
    adapter,
  });
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
