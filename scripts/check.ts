/**
 * `npm run check`: format, lint, types, and drift of what is generated. Prints a line for each, and exits 1 when one
 * of them finds something.
 */
const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const sources = ["packages", "scripts", "supabase/functions", "tests", "demo"];
const script = (
  path: string,
) => ["run", "--quiet", "--no-check", "--cached-only", "--allow-all", path, "--check"];

const checks: [name: string, args: string[]][] = [
  ["format", ["fmt", "--check", "--quiet", "deno.json", ...sources]],
  ["lint", ["lint", "--quiet", ...sources]],
  ["types", ["check", "--quiet", "--frozen", ...sources]],
  ["functions' import maps", script("scripts/sync-functions.ts")],
  ["types generated from the database", script("scripts/generate-types.ts")],
];

let failed = 0;
for (const [name, args] of checks) {
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
