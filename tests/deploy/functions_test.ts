import assert from "node:assert/strict";
import { functionModules } from "../../scripts/function_modules.ts";

const root = new URL("../..", import.meta.url).pathname;
const folder = `${root}supabase/functions`;

/** What the server takes for one function. */
const maxBytes = 5 * 1024 * 1024;
const maxEntryLines = 15;

const slugs = Array.from(Deno.readDirSync(folder))
  .filter(({ name, isDirectory }) => isDirectory && !/^[._]/.test(name))
  .map(({ name }) => name)
  .sort();

for (const slug of slugs) {
  Deno.test(`${slug} deploys by the CLI's rules`, async () => {
    const { files, misses, packages } = await functionModules(`${folder}/${slug}/index.ts`);
    assert.deepEqual(misses, []);
    const sizes = await Promise.all(files.map(async (file) => (await Deno.stat(file)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total < maxBytes, `${slug} has ${total} bytes`);
    const { imports } = JSON.parse(await Deno.readTextFile(`${folder}/${slug}/deno.json`));
    assert.deepEqual(Object.keys(imports), packages);
    assert.ok(!files.some((file) => file.includes("/packages/platform/")), "imports the platform");
  });

  Deno.test(`${slug} holds no logic`, async () => {
    const source = await Deno.readTextFile(`${folder}/${slug}/index.ts`);
    assert.ok(source.trimEnd().split("\n").length <= maxEntryLines);
    assert.match(source, /^export const app = createApp/m);
    assert.match(source, /export default \{ fetch: app\.fetch \};/);
    assert.match(source, new RegExp(`slug: "${slug}"`));
  });

  Deno.test(`${slug}'s pins are the root's, and no name begins another`, async () => {
    const own = JSON.parse(await Deno.readTextFile(`${folder}/${slug}/deno.json`)).imports;
    const pins = JSON.parse(await Deno.readTextFile(`${root}deno.json`)).imports;
    for (const [name, pin] of Object.entries(own)) {
      assert.equal(pin, pins[name]);
      const others = Object.keys(own).filter((other) => other !== name);
      assert.ok(!others.some((other) => other.startsWith(name)), name);
    }
  });
}

Deno.test("every function is in config.toml with verify_jwt written out, and no other is", async () => {
  const config = await Deno.readTextFile(`${root}supabase/config.toml`);
  const listed = [...config.matchAll(/^\[functions\.([\w-]+)\]\nverify_jwt = (?:true|false)$/gm)];
  assert.deepEqual(listed.map(([, slug]) => slug).sort(), slugs);
});
