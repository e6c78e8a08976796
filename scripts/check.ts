/**
 * `npm run check`: format, lint, types, and drift of what is generated. Prints a line for each, and exits 1 when one
 * of them finds something. `npm run check -- --write` formats and generates first.
 */
const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const sources = ["packages", "scripts", "supabase/functions", "tests", "demo"];
const script = (
  path: string,
) => ["run", "--quiet", "--no-check", "--cached-only", "--allow-all", path];

/** What has one right form: written by these arguments, and checked by the same ones with `--check`. */
const generated: [name: string, args: string[]][] = [
  ["functions' import maps", script("scripts/sync-functions.ts")],
  ["types generated from the database", script("scripts/generate-types.ts")],
  ["description of the API", script("scripts/generate-openapi.ts")],
  ["operations of the client", script("scripts/generate-client.ts")],
  ["page of problems", script("scripts/generate-problems-page.ts")],
  ["format", ["fmt", "--quiet", "deno.json", ...sources]],
];

const checks: [name: string, args: string[]][] = [
  ...generated.map(([name, args]): [string, string[]] => [name, [...args, "--check"]]),
  ["lint", ["lint", "--quiet", ...sources]],
  ["types", ["check", "--quiet", "--frozen", ...sources]],
];

let failed = 0;
for (const [name, args] of [...(Deno.args.includes("--write") ? generated : []), ...checks]) {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root })
    .output();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  await print(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (success) continue;
  failed++;
  await Deno.stdout.write(stdout);
  await Deno.stdout.write(stderr);
}
Deno.exit(failed === 0 ? 0 : 1);

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
