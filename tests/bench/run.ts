/**
 * Measures the ledger, the functions and the platform against what they must reach: see README.md here.
 *
 *   npm run bench                            all of it
 *   npm run bench -- hot debit_many          what has "hot" or "debit_many" in its name
 *   npm run bench -- pgledger --sql FOLDER   the same work on pgledger, whose SQL files are in FOLDER
 *
 * Prints a table, writes out/bench.json, and exits 1 when something was missed.
 */
import { bulk } from "./bulk.ts";
import { coldStart } from "./cold_start.ts";
import { footprint } from "./footprint.ts";
import { overHttp } from "./http.ts";
import { imaging } from "./imaging.ts";
import type { Measurement } from "./measurement.ts";
import { movements } from "./movements.ts";
import { pgledger } from "./pgledger.ts";
import { proof } from "./proof.ts";
import { lineOf, reached, reportOf, type Row } from "./report.ts";
import { root, Stage } from "./stage.ts";
import { sweeping } from "./sweeps.ts";
import { volume } from "./volume.ts";
import { webhook } from "./webhook.ts";

const all: Measurement[] = [
  ...movements,
  ...volume,
  ...sweeping,
  ...overHttp,
  ...webhook,
  ...bulk,
  ...proof,
  ...footprint,
  ...coldStart,
  ...imaging,
];

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const wanted: string[] = [];
  const given: Record<string, string> = {};
  for (let at = 0; at < args.length; at++) {
    if (args[at]!.startsWith("--")) given[args[at]!.slice(2)] = args[++at] ?? "";
    else wanted.push(args[at]!);
  }
  const chosen = [...all, ...(given["sql"] ? [pgledger] : [])].filter(({ name }) =>
    wanted.length === 0 || wanted.some((part) => name.includes(part))
  );
  const rows: Row[] = [];
  await using stage = new Stage(given);
  for (const measurement of chosen) {
    const started = performance.now();
    const figure = await measurement.run(stage);
    rows.push({ measurement, figure, took: (performance.now() - started) / 1000 });
    print(lineOf(rows.at(-1)!));
  }
  await Deno.mkdir(`${root}/out`, { recursive: true });
  await Deno.writeTextFile(`${root}/out/bench.json`, reportOf(rows));
  return rows.some((row) => reached(row) === false) ? 1 : 0;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
