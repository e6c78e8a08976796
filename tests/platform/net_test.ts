import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { platformDatabase } from "../harness/platform.ts";

interface Received {
  method: string;
  path: string;
  apikey: string | null;
  body: string;
}

/** A server that notes what it gets, and answers /slow never. */
function receiver() {
  const received: Received[] = [];
  const release = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      received.push({
        method: request.method,
        path: url.pathname + url.search,
        apikey: request.headers.get("apikey"),
        body: await request.text(),
      });
      if (url.pathname === "/slow") {
        await new Promise((resolve) => release.signal.addEventListener("abort", resolve));
      }
      return Response.json({ thanks: true }, { status: 202 });
    },
  );
  return {
    received,
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      release.abort();
      await server.shutdown();
    },
  };
}

async function answerOf(sql: ReturnType<typeof platformDatabase>, id: string) {
  const [answer] = await eventually(
    () =>
      sql`select status_code, content, timed_out, error_msg from net._http_response where id = ${id}`,
    (rows) => rows.length > 0,
  );
  return answer;
}

Deno.test("a request is sent after commit, with its headers, and the answer is kept", async () => {
  await using server = receiver();
  const sql = platformDatabase();
  const [{ id } = { id: "" }] = await sql<{ id: string }[]>`
    select net.http_post(${server.url + "/hook"}, '{"a": 1}'::jsonb, '{"q": "a b&c"}'::jsonb,
      '{"apikey": "k", "Content-Type": "application/json"}'::jsonb) as id`;
  const answer = await answerOf(sql, id);
  await sql.end();
  assert.deepEqual(answer, {
    status_code: 202,
    content: '{"thanks":true}',
    timed_out: false,
    error_msg: null,
  });
  assert.deepEqual(server.received, [
    { method: "POST", path: "/hook?q=a%20b%26c", apikey: "k", body: '{"a": 1}' },
  ]);
});

Deno.test("a request of a transaction that is rolled back is never sent", async () => {
  await using server = receiver();
  const sql = platformDatabase();
  await sql.begin(async (transaction) => {
    await transaction`select net.http_get(${server.url + "/never"})`;
    throw new Error("changed my mind");
  }).catch(() => {});
  const [{ id } = { id: "" }] = await sql<{ id: string }[]>`select net.http_get(${
    server.url + "/after"
  }) as id`;
  await answerOf(sql, id);
  await sql.end();
  assert.deepEqual(server.received.map(({ path }) => path), ["/after"]);
});

Deno.test("a request that is not answered in time is recorded as timed out", async () => {
  await using server = receiver();
  const sql = platformDatabase();
  const [{ id } = { id: "" }] = await sql<{ id: string }[]>`
    select net.http_post(${server.url + "/slow"}, timeout_milliseconds => 100) as id`;
  const answer = await answerOf(sql, id);
  await sql.end();
  assert.equal(answer?.timed_out, true);
  assert.equal(answer?.status_code, null);
});

Deno.test("a server that cannot be reached is recorded with the reason", async () => {
  const sql = platformDatabase();
  const [{ id } = { id: "" }] = await sql<
    { id: string }[]
  >`select net.http_get('http://127.0.0.1:1/') as id`;
  const answer = await answerOf(sql, id);
  await sql.end();
  assert.equal(answer?.status_code, null);
  assert.ok(answer?.error_msg);
});

Deno.test("pg_net is refused to callers of the API", async () => {
  await using database = await freshDatabase();
  for (const role of ["anon", "authenticated"]) {
    await assert.rejects(
      database.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql`select net.http_get('http://127.0.0.1/')`;
      }),
      { code: "42501" },
    );
  }
});
