/**
 * Writes each function's deno.json: the npm packages that its modules reach, pinned as in the root's
 * import map. A deployed function sees only its own deno.json. `--check` only says what drifted.
 */
import { packagesOf } from "./function_modules.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const checking = Deno.args.includes("--check");
const { imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as {
  imports: Record<string, string>;
};

const drifted: string[] = [];
for (const slug of await slugs()) {
  const folder = `${root}/supabase/functions/${slug}`;
  const file = `${folder}/deno.json`;
  const wanted = importMap(await packagesOf(`${folder}/index.ts`));
  const present = await Deno.readTextFile(file).catch(() => "");
  if (present === wanted) continue;
  drifted.push(slug);
  if (!checking) await Deno.writeTextFile(file, wanted);
}
if (checking && drifted.length > 0) {
  const message = `supabase/functions/{${
    drifted.join(",")
  }}/deno.json: run npm run check -- --write\n`;
  await Deno.stderr.write(new TextEncoder().encode(message));
  Deno.exit(1);
}

function importMap(packages: string[]): string {
  const pinned = packages.map((name) => {
    const pin = imports[name];
    if (!pin) throw new Error(`${name} is not in the import map of deno.json`);
    return [name, pin];
  });
  return `${JSON.stringify({ imports: Object.fromEntries(pinned) }, null, 2)}\n`;
}

async function slugs(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/supabase/functions`)) {
    if (isDirectory && !/^[._]/.test(name)) found.push(name);
  }
  return found.sort();
}
