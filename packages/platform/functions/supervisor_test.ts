import assert from "node:assert/strict";
import { readProject } from "../project/project.ts";
import { startFunctionHost } from "./supervisor.ts";

const root = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");

/** A project in a temporary folder whose functions have these sources, and its running host. */
async function hosted(sources: Record<string, string>, environment: Record<string, string> = {}) {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/supabase`);
  await Deno.copyFile(`${root}/supabase/config.toml`, `${folder}/supabase/config.toml`);
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  for (const [slug, source] of Object.entries(sources)) {
    await Deno.mkdir(`${folder}/supabase/functions/${slug}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/supabase/functions/${slug}/index.ts`, source);
  }
  const lines: string[] = [];
  const project = await readProject(folder);
  const path = Deno.env.get("PATH") ?? "";
  const host = startFunctionHost({
    project,
    environment: { PATH: path, ...environment },
    log: (line) => lines.push(line),
  });
  return {
    host,
    lines,
    folder,
    call: async (path: string) => await fetch(`${await host.origin()}/${path}`),
    async [Symbol.asyncDispose]() {
      await host.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const hello = `export default { fetch: () => new Response("hello " + Deno.env.get("NAME")) }`;

Deno.test("a default export with fetch and a call of Deno.serve are both functions", async () => {
  await using project = await hosted({
    hello,
    served: `Deno.serve((request) => new Response(new URL(request.url).pathname))`,
  }, { NAME: "you" });
  assert.equal(await (await project.call("hello")).text(), "hello you");
  assert.equal(await (await project.call("served/x")).text(), "/served/x");
});

Deno.test("a function that does not load answers 503 and leaves the others alone", async () => {
  await using project = await hosted({
    hello,
    broken: `throw new Error("at load")`,
    empty: `export const nothing = 1`,
    misspelt: `import "./no-such-file.ts"`,
  });
  for (const slug of ["broken", "empty", "misspelt"]) {
    const answer = await project.call(slug);
    assert.equal(answer.status, 503, slug);
    assert.equal((await answer.json()).code, "BOOT_ERROR");
  }
  assert.equal((await project.call("hello")).status, 200);
  const unknown = await project.call("unknown");
  assert.equal(unknown.status, 404);
  assert.equal((await unknown.json()).code, "NOT_FOUND");
  assert.ok(project.lines.some((line) => line.includes("broken did not load: Error: at load")));
});

Deno.test("an error while answering is a 500, and a stray rejection ends nothing", async () => {
  await using project = await hosted({
    hello,
    throws: `export default { fetch: () => { throw new Error("while answering") } }`,
    strays:
      `export default { fetch: () => { Promise.reject(new Error("stray")); return new Response("ok") } }`,
  });
  const answer = await project.call("throws");
  assert.equal(answer.status, 500);
  assert.equal((await answer.json()).code, "WORKER_ERROR");
  assert.equal(await (await project.call("strays")).text(), "ok");
  assert.equal((await project.call("hello")).status, 200);
});

Deno.test("a crash is followed by a new start", async () => {
  await using project = await hosted({
    hello,
    crashes: `export default { fetch: () => Deno.exit(3) }`,
  });
  await project.call("crashes").then((answer) => answer.body?.cancel(), () => {});
  for (let tries = 0; tries < 100; tries++) {
    const answer = await project.call("hello").catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("it did not come back");
});

Deno.test("a restart takes a changed environment, and background work of the old process ends first", async () => {
  await using project = await hosted({
    hello,
    waits: `export default { fetch: () => {
      EdgeRuntime.waitUntil(new Promise((done) => setTimeout(done, 300)).then(() => Deno.writeTextFileSync(Deno.env.get("MARK"), "done")));
      return new Response("accepted");
    } }`,
  }, { NAME: "before", MARK: "/dev/null" });
  const mark = `${project.folder}/mark`;
  await project.host.restart({ NAME: "after", MARK: mark });
  assert.equal(await (await project.call("hello")).text(), "hello after");
  assert.equal(await (await project.call("waits")).text(), "accepted");
  await project.host.restart();
  assert.equal(await Deno.readTextFile(mark), "done");
});
