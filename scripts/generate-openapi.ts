/**
 * Writes docs/openapi.json from the routes of all functions. `--check` only says whether it drifted.
 *
 * The functions are loaded with the environment of .env.example: whoever fills that in has set all that
 * functions need to load.
 */
import { describeRoutes } from "../packages/http/openapi.ts";
import type { App } from "../packages/http/app.ts";

const root = new URL("..", import.meta.url);
const folder = new URL("supabase/functions/", root);
const target = new URL("docs/openapi.json", root);

for (const [name, value] of Object.entries(await environment())) Deno.env.set(name, value);
const apps: App[] = [];
for (const slug of await slugs()) {
  const { app } = await import(new URL(`${slug}/index.ts`, folder).href) as { app?: App };
  if (!app) await fail(`supabase/functions/${slug}/index.ts does not export its app.`);
  else apps.push(app);
}
const wanted = `${JSON.stringify(describeRoutes(apps, "/functions/v1"), null, 2)}\n`;
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(target, wanted);
} else if (await Deno.readTextFile(target).catch(() => "") !== wanted) {
  await fail("docs/openapi.json is not what the routes say: run npm run check -- --write");
}
Deno.exit(0);

/** What Supabase sets by itself, and the lines of .env.example that are not comments. */
async function environment(): Promise<Record<string, string>> {
  const lines = (await Deno.readTextFile(new URL(".env.example", root))).split("\n");
  const example = lines.flatMap((line) => {
    const [, name, value] = line.match(/^([A-Z][A-Z0-9_]*)=(.*)$/) ?? [];
    return name ? [[name, value ?? ""]] : [];
  });
  return {
    ...Object.fromEntries(example),
    SUPABASE_URL: "https://example.supabase.co",
    SUPABASE_PUBLISHABLE_KEYS: '{"default": "sb_publishable_example"}',
    SUPABASE_SECRET_KEYS: '{"default": "sb_secret_example"}',
    SUPABASE_DB_URL: "postgresql://postgres@127.0.0.1:1/postgres",
    FUNCTIONS_DB_URL: "postgresql://tessera_functions@127.0.0.1:1/postgres",
  };
}

async function slugs(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && !/^[._]/.test(name)) found.push(name);
  }
  return found.sort();
}

async function fail(message: string): Promise<never> {
  await Deno.stderr.write(new TextEncoder().encode(`${message}\n`));
  Deno.exit(1);
}
