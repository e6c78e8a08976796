import assert from "node:assert/strict";
import { z } from "zod";
import { databaseUnavailable } from "../database/problem.ts";
import { type App, createApp } from "./app.ts";
import { fakeDatabase, keptLog } from "./fakes.ts";
import { type RateLimit, type Route, route } from "./route.ts";

const secret = "sb_secret_for_tests_only";
const auth = {
  url: "http://127.0.0.1:54321",
  publishableKeys: {},
  secretKeys: { default: secret, automations: "sb_secret_automations" },
  jwks: { keys: [] },
};

const body = z.strictObject({ name: z.string().min(1), tags: z.array(z.string()).optional() });

function greeting(extra: Partial<Route> = {}): Route {
  return {
    ...route({
      method: "POST",
      path: "/",
      auth: "secret:default",
      summary: "Greets.",
      body,
      answers: { 200: z.object({ hello: z.string() }) },
      handle: ({ body }) => Promise.resolve({ status: 200, body: { hello: body.name } }),
    }),
    ...extra,
  };
}

function appOf(routes: Route[], answers = {}, origins = ["*"]): App & { lines: unknown[] } {
  const { log, lines } = keptLog();
  const database = fakeDatabase(answers);
  return { ...createApp({ slug: "greet", routes, database, log, auth, origins }), lines };
}

function post(sent: unknown, headers: Record<string, string> = {}, path = "/greet"): Request {
  return new Request(`http://localhost${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", apikey: secret, ...headers },
    body: typeof sent === "string" ? sent : JSON.stringify(sent),
  });
}

Deno.test("limits of two routes of one function are two buckets, equal ones are one", async () => {
  const buckets: unknown[] = [];
  const answers = {
    take_limit: ({ bucket }: Record<string, unknown>) => {
      buckets.push(bucket);
      return { allowed: true, remaining: 1, retry_after: 0 };
    },
  };
  const few = { limit: { calls: 5, seconds: 60 } };
  const app = appOf([
    greeting(few),
    greeting({ ...few, path: "/again" }),
    greeting({ path: "/often", limit: { calls: 50, seconds: 60 } }),
  ], answers);
  for (const path of ["/greet", "/greet/again", "/greet/often"]) {
    await app.fetch(post({ name: "Kim" }, { apikey: secret }, path));
  }
  assert.equal(buckets[0], buckets[1]);
  assert.notEqual(buckets[0], buckets[2]);
});

Deno.test("a request in order reaches its handler, with and without the gateway's prefix", async () => {
  const app = appOf([greeting()]);
  for (const path of ["/greet", "/greet/", "/functions/v1/greet"]) {
    const answer = await app.fetch(post({ name: "Ada" }, {}, path));
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { hello: "Ada" });
  }
});

Deno.test("another secret key than the named one is refused", async () => {
  const app = appOf([greeting()]);
  const answer = await app.fetch(post({ name: "Ada" }, { apikey: "sb_secret_automations" }));
  assert.equal(answer.status, 401);
});

Deno.test("an unexpected error is a 500 that says nothing of its cause, in answer or log", async () => {
  const handle = () => {
    throw new Error(`connect postgresql://postgres:hunter2@db/x with ${secret}`);
  };
  const app = appOf([greeting({ handle })]);
  const answer = await app.fetch(post({ name: "Ada" }));
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(text).code, "internal");
  assert.doesNotMatch(text, /hunter2|postgresql/);
  const logged = JSON.stringify(app.lines);
  assert.match(logged, /connect postgresql/);
  assert.doesNotMatch(logged, /hunter2|for_tests_only/);
});

Deno.test("a database that is away is a 503 with Retry-After", async () => {
  const handle = () => Promise.reject(databaseUnavailable(new Error("ECONNREFUSED")));
  const answer = await appOf([greeting({ handle })]).fetch(post({ name: "Ada" }));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "2");
  assert.equal((await answer.json()).code, "database_unavailable");
});

Deno.test("origins that are not allowed get no access; allowed ones get theirs, on errors too", async () => {
  const app = appOf([greeting()], {}, ["https://shop.example.com"]);
  const ask = async (origin: string) => {
    const answer = await app.fetch(post({}, { origin, apikey: "wrong" }));
    return answer.headers.get("access-control-allow-origin");
  };
  assert.equal(await ask("https://shop.example.com"), "https://shop.example.com");
  assert.equal(await ask("https://evil.example.com"), null);
});

Deno.test("fields inside arrays are named by their path", async () => {
  const answer = await appOf([greeting()]).fetch(post({ name: "Ada", tags: ["a", 2], x: 1 }));
  const { errors } = await answer.json() as { errors: { field: string }[] };
  assert.deepEqual(errors.map(({ field }) => field).sort(), ["tags.1", "x"]);
});

Deno.test("what no text of ours may hold is refused in an address as in a body", async () => {
  const answer = await appOf([greeting()]).fetch(post({ name: "Ada" }, {}, "/greet?page=a%00b"));
  const { code, errors } = await answer.json() as { code: string; errors: { field: string }[] };
  assert.deepEqual([answer.status, code, errors[0]?.field], [422, "invalid_request", "page"]);
});

Deno.test("a caller beyond the limit is 429 with Retry-After; others are not", async () => {
  const limit: RateLimit = { calls: 2, seconds: 60 };
  let left = 2;
  const take_limit = () => ({ allowed: left-- > 0, remaining: Math.max(0, left), retry_after: 17 });
  const app = appOf([greeting({ limit })], { take_limit });
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const answer = await app.fetch(post({ name: "Ada" }));
    statuses.push(answer.status);
    if (answer.status === 429) assert.equal(answer.headers.get("retry-after"), "17");
  }
  assert.deepEqual(statuses, [200, 200, 429]);
});

Deno.test("a hundred calls at once draw on a large limit once", async () => {
  let draws = 0;
  const take_limit = () => {
    draws++;
    return { allowed: true, remaining: 1, retry_after: 0 };
  };
  const app = appOf([greeting({ limit: { calls: 100_000, seconds: 60 } })], { take_limit });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => app.fetch(post({ name: "Ada" }))),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(draws, 1);
});

Deno.test("a route for anyone asks for no credentials, and counts by address", async () => {
  const counted: unknown[] = [];
  const app = appOf([greeting({ auth: "anyone", limit: { calls: 100, seconds: 60 } })], {
    take_limit: ({ bucket }: Record<string, unknown>) => {
      counted.push(bucket);
      return { allowed: true, remaining: 99, retry_after: 0 };
    },
  });
  const from = (address: string) =>
    post({ name: "Ada" }, { apikey: "", "x-forwarded-for": address });
  for (const address of ["203.0.113.1, 10.0.0.1", "203.0.113.1", "203.0.113.2"]) {
    assert.equal((await app.fetch(from(address))).status, 200);
  }
  assert.equal(new Set(counted).size, 2);
  assert.ok(counted.every((bucket) => /^greet:address:[0-9a-f]{16}:/.test(String(bucket))));
});

Deno.test("a route for admins refuses keys and strangers before anything else", async () => {
  const app = appOf([greeting({ auth: "admin" })]);
  for (const apikey of [secret, "", "sb_secret_guess"]) {
    assert.equal((await app.fetch(post({ name: "Ada" }, { apikey }))).status, 401);
  }
});
