import { linesOf } from "../../packages/platform/lines.ts";

/** How many tests passed and failed. */
export interface Tally {
  passed: number;
  failed: number;
  /** What is told again where a reader looks first: at the end of the whole run. */
  errors: string[];
}

/** One run of `deno test`. */
export interface TestRun {
  root: string;
  /** What each line of the output begins with. */
  label: string;
  files: string[];
  env: Record<string, string>;
  /** Milliseconds after which the run is hanging. */
  patience: number;
  signal: AbortSignal;
}

/** Runs `deno test` over the files, passes its output on line by line, and counts. */
export async function runTests(
  { root, label, files, env, patience, signal }: TestRun,
): Promise<Tally> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--cached-only",
      "--allow-all",
      ...files,
    ],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  }).spawn();
  const tally: Tally = { passed: 0, failed: 0, errors: [] };
  let counted = false;
  let inErrors = false;
  const encoder = new TextEncoder();
  for await (const line of linesOf(process.stdout)) {
    Deno.stdout.writeSync(encoder.encode(`${label} | ${line}\n`));
    if (line.trim() === "ERRORS") inErrors = true;
    else if (line.trim() === "FAILURES") inErrors = false;
    else if (inErrors && line.trim()) tally.errors.push(`${label} | ${line}`);
    const [, passed, failed] = line.match(/\| (\d+) passed .*?\| (\d+) failed/) ?? [];
    if (!passed || !failed) continue;
    tally.passed = Number(passed);
    tally.failed = Number(failed);
    counted = true;
  }
  const { code } = await process.status;
  if (code !== 0 && (!counted || tally.failed === 0)) {
    tally.failed++;
    tally.errors.push(`${label} | deno test ended with code ${code}, and counted no failure`);
  }
  return tally;
}
