/**
 * `npm run audit`: asks the registry for known holes in what package-lock.json locks, npm's packages and those that
 * functions get alike. Exit code 1 when there is one of moderate severity or worse that `audit-exceptions.json` does not
 * explain, or when an exception explains nothing any more; 0, and a line that says so, when no registry answers: then
 * nothing is known. With `--strict` that is 1 too.
 */
import { findingsOf, judge, type Judgement } from "./audit/findings.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

/** What npm says, as JSON; its own words when that is no answer of a registry. */
async function ask(): Promise<unknown> {
  const { stdout } = await new Deno.Command("npm", {
    args: ["audit", "--json", "--loglevel=error"],
    cwd: root,
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(120_000),
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout) || "{}");
}

function tell({ open, explained, stale }: Judgement): number {
  for (const { id, name, severity, title } of open) print(`${severity}: ${name}: ${title} (${id})`);
  for (const { id, name } of explained) print(`explained: ${name} (${id})`);
  for (const id of stale) {
    print(`audit-exceptions.json explains ${id}, which nobody finds any more`);
  }
  const bad = open.length + stale.length;
  print(bad === 0 ? "No known hole that is not explained." : `${bad} to be dealt with.`);
  return bad === 0 ? 0 : 1;
}

const findings = findingsOf(await ask().catch(() => ({})));
if (findings === null) {
  print("The registry cannot be asked for known holes from here: NOTHING WAS CHECKED.");
  Deno.exit(Deno.args.includes("--strict") ? 1 : 0);
}
const exceptions = JSON.parse(await Deno.readTextFile(`${root}/audit-exceptions.json`));
Deno.exit(tell(judge(findings, exceptions)));
