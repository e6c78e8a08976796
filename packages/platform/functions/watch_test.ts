import assert from "node:assert/strict";
import { eventually } from "../../../tests/harness/eventually.ts";
import type { Project } from "../project/project.ts";
import type { FunctionHost } from "./supervisor.ts";
import { watchSources } from "./watch.ts";

Deno.test("functions load anew when a source changes, once for changes at a time, and not for tests", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/supabase/functions`, { recursive: true });
  await Deno.mkdir(`${root}/packages`);
  await Deno.writeTextFile(`${root}/supabase/config.toml`, "");
  let restarts = 0;
  const host: FunctionHost = {
    origin: () => Promise.resolve(null),
    verifiesJwt: () => Promise.resolve(false),
    restart: () => Promise.resolve(void restarts++),
    stop: () => Promise.resolve(),
  };
  const end = watchSources({ root } as Project, host, () => {});
  await Deno.writeTextFile(`${root}/packages/price_test.ts`, "1");
  await Deno.writeTextFile(`${root}/packages/notes.md`, "1");
  await Deno.writeTextFile(`${root}/packages/price.ts`, "1");
  await Deno.writeTextFile(`${root}/supabase/functions/index.ts`, "1");
  await eventually(() => Promise.resolve(restarts), (count) => count > 0);
  assert.equal(restarts, 1);
  await end();
  await Deno.remove(root, { recursive: true });
});
