import assert from "node:assert/strict";
import type { FunctionHost } from "../functions/supervisor.ts";
import { startGateway } from "./gateway.ts";
import { tokensOf } from "./tokens.ts";

/** A gateway in front of one upstream that stands for the function host. */
async function gateway(upstream: (request: Request) => Response | Promise<Response>) {
  const host = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, upstream);
  const functions: FunctionHost = {
    origin: () => Promise.resolve(`http://127.0.0.1:${host.addr.port}`),
    verifiesJwt: (slug) => Promise.resolve(slug === "guarded"),
    restart: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const named = (name: string) => () => Promise.resolve(new Response(name));
  const front = startGateway(0);
  front.open({
    rest: named("rest"),
    auth: named("auth"),
    storage: named("storage"),
    functions,
    tokens: await tokensOf("secret"),
  });
  return {
    url: `http://127.0.0.1:${front.port}`,
    async [Symbol.asyncDispose]() {
      await front.stop();
      await host.shutdown();
    },
  };
}

Deno.test("a port is taken before there is anything behind it, and by one platform alone", async () => {
  const first = startGateway(0);
  const early = await fetch(`http://127.0.0.1:${first.port}/rest/v1/x`);
  assert.equal(early.status, 503);
  await early.body?.cancel();
  assert.throws(() => startGateway(first.port, true), /is in use; choose another with --port/);
  const next = startGateway(first.port);
  assert.ok(next.port > first.port);
  await Promise.all([first.stop(), first.stop(), next.stop()]);
});

Deno.test("every service has its hosted path, and anything else is a JSON 404", async () => {
  await using front = await gateway((request) => new Response(new URL(request.url).pathname));
  const text = async (path: string) => await (await fetch(front.url + path)).text();
  assert.equal(await text("/rest/v1/x"), "rest");
  assert.equal(await text("/auth/v1/token"), "auth");
  assert.equal(await text("/storage/v1/object/a"), "storage");
  assert.equal(await text("/functions/v1/try-on/17"), "/try-on/17");
  const unknown = await fetch(`${front.url}/rest/v2/x`);
  assert.equal(unknown.status, 404);
  assert.ok((await unknown.json()).message);
});

Deno.test("a function that verifies tokens is not called without one", async () => {
  await using front = await gateway(() => new Response("called"));
  const missing = await fetch(`${front.url}/functions/v1/guarded`);
  assert.equal(missing.status, 401);
  assert.equal((await missing.json()).code, "UNAUTHORIZED_NO_AUTH_HEADER");
  const wrong = await fetch(`${front.url}/functions/v1/guarded`, {
    headers: { authorization: "Bearer a.b.c" },
  });
  assert.equal(wrong.status, 401);
  await wrong.body?.cancel();
  const open = await fetch(`${front.url}/functions/v1/open`);
  assert.equal(await open.text(), "called");
});

Deno.test("a body streams through: the function answers before the caller has sent all of it", async () => {
  await using front = await gateway(async (request) => {
    const reader = request.body?.getReader();
    const { value } = await reader?.read() ?? {};
    await reader?.cancel();
    return new Response(`${value?.length} bytes were enough`, { status: 413 });
  });
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(new Uint8Array(1024));
      sent += 1024;
      if (sent > 1024) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  });
  const answer = await fetch(`${front.url}/functions/v1/open`, { method: "POST", body: endless });
  assert.equal(answer.status, 413);
  assert.match(await answer.text(), /were enough/);
  assert.ok(sent < 1_000_000);
});

Deno.test("an answer streams through, with its status and headers", async () => {
  await using front = await gateway(() =>
    new Response(new Blob(["a", "b"]).stream(), { status: 202, headers: { "x-request-id": "7" } })
  );
  const answer = await fetch(`${front.url}/functions/v1/open?x=1`);
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get("x-request-id"), "7");
  assert.equal(await answer.text(), "ab");
});
