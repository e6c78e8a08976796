import assert from "node:assert/strict";
import { startPlatform } from "../../packages/platform/mod.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** A project of its own in a temporary folder, with these files under supabase/. */
async function project(files: Record<string, string>) {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  for (const name of ["node_modules", "packages", "deno.json"]) {
    await Deno.symlink(`${root}/${name}`, `${folder}/${name}`);
  }
  await Deno.mkdir(`${folder}/supabase/migrations`, { recursive: true });
  await Deno.mkdir(`${folder}/supabase/functions`);
  for (const [path, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/supabase/${path}`, content);
  }
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

async function processesIn(folder: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    const line = /^\d+$/.test(name)
      ? await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "")
      : "";
    if (line.includes(folder)) count++;
  }
  return count;
}

const config = `[api]\nschemas = ["shop"]\n`;
const quiet = { port: 0, withoutImaging: true };

Deno.test("any Supabase project boots: its schema is served, and stopping twice leaves nothing", async () => {
  await using shop = await project({
    "config.toml": config,
    "migrations/20300101000001_shop.sql":
      "create schema shop; create table shop.goods (name text); grant usage on schema shop to anon;" +
      "grant select on shop.goods to anon; insert into shop.goods values ('hat');",
  });
  const platform = await startPlatform({
    ...quiet,
    root: shop.folder,
    folder: `${shop.folder}/data`,
  });
  const answer = await fetch(`${platform.api_url}/rest/v1/goods`, {
    headers: { apikey: platform.publishable_key },
  });
  assert.deepEqual(await answer.json(), [{ name: "hat" }]);
  await Promise.all([platform.stop(), platform.stop()]);
  await platform.stop();
  assert.equal(await processesIn(shop.folder), 0);
});

Deno.test("a start that fails half-way leaves no process", async () => {
  await using broken = await project({
    "config.toml": config,
    "migrations/20300101000001_broken.sql": "select nothing;",
  });
  await assert.rejects(
    startPlatform({ ...quiet, root: broken.folder, folder: `${broken.folder}/data` }),
    /20300101000001_broken.sql failed/,
  );
  assert.equal(await processesIn(broken.folder), 0);
});

Deno.test("a start that is interrupted leaves no process", async () => {
  await using shop = await project({ "config.toml": config });
  const abort = new AbortController();
  const progress = {
    note: () => {},
    step: async <T>(label: string, work: () => Promise<T>) => {
      if (label === "Migrations") abort.abort();
      return await work();
    },
  };
  await assert.rejects(
    startPlatform({
      ...quiet,
      root: shop.folder,
      folder: `${shop.folder}/data`,
      progress,
      signal: abort.signal,
    }),
    /Interrupted/,
  );
  assert.equal(await processesIn(shop.folder), 0);
});

Deno.test("a configuration that is missing or not understood is one clear sentence", async () => {
  await using none = await project({});
  await assert.rejects(
    startPlatform({ ...quiet, root: none.folder }),
    /config\.toml cannot be read: .*\.$/,
  );
  await using odd = await project({ "config.toml": "[api]\nschemas" });
  await assert.rejects(startPlatform({ ...quiet, root: odd.folder }), /line 2 is not understood/);
});
