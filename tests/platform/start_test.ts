import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { npmStart, withFolder } from "./npm_start.ts";

const names = [
  ..."api_url functions_url db_url publishable_key secret_key automations_key".split(" "),
  ..."stripe_url stripe_webhook_secret mail_url imaging_url".split(" "),
];

/** Processes whose command line has `text`. */
async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    const line = /^\d+$/.test(name)
      ? await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "")
      : "";
    if (line.includes(text)) found.push(line.replaceAll("\0", " ").slice(0, 80));
  }
  return found;
}

Deno.test("npm start -- --json prints exactly one line of JSON and is healthy, and Ctrl-C leaves no process", async () => {
  await withFolder(async (data) => {
    const started = npmStart("--port", "0", "--data", data);
    const connections = await started.ready;
    assert.deepEqual(Object.keys(connections), names);
    await eventually(
      async () => (await fetch(`${connections["functions_url"]}/health`)).json(),
      ({ status }) => status === "ready",
    );
    assert.equal((await processesWith(data)).length > 0, true);
    started.process.kill("SIGINT");
    started.process.kill("SIGINT");
    await started.ended;
    assert.equal(started.output().trim().split("\n").length, 1);
    assert.deepEqual(await processesWith(data), []);
  });
});

Deno.test("data and keys are kept across restarts; a second server on them is refused in one sentence", async () => {
  await withFolder(async (data) => {
    const first = npmStart("--port", "0", "--data", data);
    const before = await first.ready;
    const second = npmStart("--port", "0", "--data", data);
    assert.equal(await second.ended, 1);
    assert.match(await second.errors, /Another server uses the data folder .*already running\?\n$/);
    assert.equal(second.output(), "");
    first.process.kill("SIGTERM");
    await first.ended;
    const third = npmStart("--port", "0", "--data", data);
    const after = await third.ready;
    third.process.kill("SIGTERM");
    await third.ended;
    assert.equal(after["secret_key"], before["secret_key"]);
  });
});

Deno.test("a port in use is one clear sentence and exit code 1", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await withFolder(async (data) => {
    const started = npmStart("--port", String(port), "--data", data);
    assert.equal(await started.ended, 1);
    assert.match(await started.errors, new RegExp(`Port ${port} is in use`));
    assert.equal(started.output(), "");
  });
  taken.close();
});

Deno.test("data of another Postgres is one clear sentence and exit code 1", async () => {
  await withFolder(async (data) => {
    await Deno.mkdir(`${data}/postgres`);
    await Deno.writeTextFile(`${data}/postgres/PG_VERSION`, "15\n");
    const started = npmStart("--port", "0", "--data", data);
    assert.equal(await started.ended, 1);
    assert.match(await started.errors, /belongs to Postgres 15, not 17/);
  });
});

Deno.test("when npm is killed, everything it started ends", async () => {
  await withFolder(async (data) => {
    const started = npmStart("--port", "0", "--data", data);
    await started.ready;
    started.process.kill("SIGKILL");
    await started.ended;
    for (let tries = 0; tries < 100 && (await processesWith(data)).length > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(await processesWith(data), []);
  });
});
