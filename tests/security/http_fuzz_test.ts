import assert from "node:assert/strict";
import fc from "../harness/fast_check.ts";
import { problemCodes } from "../../packages/http/problem_codes.ts";
import { altered } from "../harness/altered.ts";
import { testPlatform } from "../harness/environment.ts";
import { type Caller, callFunction, newUser, type User } from "../harness/platform.ts";
import { type Document, type ExampleRequest, requestsOf } from "../http/api_docs.ts";
import { ExampleWorld } from "../http/example_world.ts";
import { freshKey, newAdmin } from "../http/people.ts";
import { hostileBodies, hostileNumbers, hostileTexts, hostileValues } from "./hostile_values.ts";

const document: Document = JSON.parse(
  await Deno.readTextFile(new URL("../../docs/openapi.json", import.meta.url)),
);
/** One request of each operation; the first example of those that have several. */
const requests = [
  ...new Map(requestsOf(document).toReversed().map((r) => [r.operation.operationId, r])).values(),
];
const withCredentials = requests.filter(({ operation: { tags } }) =>
  ["people", "admins", "servers", "clock"].includes(tags[0])
);

/** What an answer must never hold: our code, our SQL, our files. */
const inside =
  /\.ts:\d+|at async |SQLSTATE|syntax error at|violates \w+ constraint|relation "|column "|PostgresError|node_modules|\bselect\b.+\bfrom\b/i;

let sent = 0;

/** Sends something hostile and holds the answer against what every answer must be. */
async function attack(path: string, init: Parameters<typeof callFunction>[1]): Promise<Response> {
  sent++;
  const answer = await callFunction(path, init);
  const text = await answer.clone().text();
  const what = `${init?.method} ${path.slice(0, 200)} answered ${answer.status} ${
    text.slice(0, 300)
  }`;
  // No provider of the tests makes pictures from words, and saying so is right.
  const unprovided = answer.status === 503 && path.split("?")[0] === "generate";
  assert.ok(answer.status < 500 || unprovided, what);
  assert.ok(!inside.test(text), what);
  if (answer.status >= 400) {
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, what);
    const { code, request_id } = JSON.parse(text) as { code: string; request_id: string };
    assert.ok(code in problemCodes, what);
    assert.equal(request_id, answer.headers.get("x-request-id"), what);
  }
  return answer;
}

/** Callers who have not used up their calls of a minute. */
class Crowd {
  #world: ExampleWorld | undefined;
  #admin: User | undefined;
  readonly #calls = { people: 0, admins: 0 };

  async of(tag: string): Promise<{ world: ExampleWorld; caller: Caller }> {
    const anew = tag === "people" && this.#calls.people++ % 18 === 0;
    if (!this.#world || anew) this.#world = await ExampleWorld.make();
    const world = this.#world;
    if (tag === "admins" && this.#calls.admins++ % 50 === 0) this.#admin = await newAdmin();
    const callers: Record<string, Caller> = {
      people: world.person,
      admins: this.#admin ?? world.admin,
      servers: "secret",
      clock: "automations",
    };
    return { world, caller: callers[tag] ?? "nobody" };
  }
}

const crowd = new Crowd();

/** What a request is here: with the ids of this world. */
type Own = Pick<ExampleRequest, "path"> & { body?: Record<string, unknown> };

const owned = new WeakMap<ExampleWorld, Map<string, Own>>();

/** The request of an operation with real ids, made once for each world. */
async function ownOf(world: ExampleWorld, { operation, path, body }: ExampleRequest): Promise<Own> {
  const known = owned.get(world) ?? new Map<string, Own>();
  owned.set(world, known);
  const own = known.get(operation.operationId) ?? await world.own({ path, body }) as Own;
  known.set(operation.operationId, own);
  return own;
}

/** A request of this operation that is in order, but for what `change` makes of it. */
async function send(request: ExampleRequest, change: (own: Own) => Partial<Own> = () => ({})) {
  const { caller, world } = await crowd.of(request.operation.tags[0]);
  const own = await ownOf(world, request);
  const { path, body } = { ...own, ...change(own) };
  return await attack(path, {
    method: request.method,
    caller,
    key: freshKey(),
    ...(body === undefined ? {} : { body }),
  });
}

function withSegment(path: string, place: number, part: string): string {
  const [way = "", query] = path.split("?");
  const changed = way.split("/").with(place, part).join("/");
  return query === undefined ? changed : `${changed}?${query}`;
}

function withParameter(path: string, name: string, value: string): string {
  const [way = "", query] = path.split("?");
  const changed = new URLSearchParams(query);
  changed.set(name, value);
  return `${way}?${changed}`;
}

const encoded = (part: unknown) =>
  btoa(JSON.stringify(part)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Credentials that look like some, by what is wrong with them. */
async function forgeries(): Promise<Record<string, Record<string, string>>> {
  const { token, id } = await newUser();
  const { secret_key, publishable_key, automations_key, api_url } = testPlatform();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  const jwks = await (await fetch(`${api_url}/auth/v1/.well-known/jwks.json`)).text();
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(jwks),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const withPublicKey = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(withPublicKey));
  const bearer = (value: string) => ({ apikey: publishable_key, authorization: `Bearer ${value}` });
  return {
    "none at all": {},
    "the publishable key alone": { apikey: publishable_key },
    "alg none": bearer(`${encoded({ alg: "none", typ: "JWT" })}.${payload}.`),
    "alg none, signed": bearer(`${encoded({ alg: "none" })}.${payload}.${signature}`),
    "another user's id": bearer(
      `${header}.${encoded({ ...claims, sub: crypto.randomUUID() })}.${signature}`,
    ),
    "the service's role": bearer(
      `${header}.${encoded({ ...claims, role: "service_role" })}.${signature}`,
    ),
    "a later end": bearer(`${header}.${encoded({ ...claims, exp: 9e9 })}.${signature}`),
    "another issuer": bearer(
      `${header}.${encoded({ ...claims, iss: "https://example.com" })}.${signature}`,
    ),
    "a key id of a file": bearer(
      `${encoded({ alg: "HS256", kid: "../../dev/null" })}.${payload}.${signature}`,
    ),
    "signed with the public keys": bearer(
      `${withPublicKey}.${btoa(String.fromCharCode(...new Uint8Array(mac)))}`,
    ),
    "the secret key as a token": bearer(secret_key),
    "the publishable key as a token": bearer(publishable_key),
    "the automations key as a token": bearer(automations_key),
    "a user's id as a token": bearer(id),
    "a key that was guessed": { apikey: altered(secret_key) },
    "a key in another case": { apikey: secret_key.toUpperCase() },
  };
}

Deno.test("no forged token or key opens any route", async (t) => {
  const forged = await forgeries();
  const { secret_key, automations_key } = testPlatform();
  const foreign: Record<string, Record<string, Record<string, string>>> = {
    people: { "the secret key": { apikey: secret_key } },
    admins: { "the secret key": { apikey: secret_key } },
    servers: { "the clock's key": { apikey: automations_key } },
    clock: { "the secret key": { apikey: secret_key } },
  };
  for (const request of withCredentials) {
    const { operationId, tags } = request.operation;
    await t.step(operationId, async () => {
      for (const [what, headers] of Object.entries({ ...forged, ...foreign[tags[0]] })) {
        const answer = await attack(request.path, {
          method: request.method,
          headers,
          key: freshKey(),
          body: request.body,
        });
        assert.equal(answer.status, 401, `${operationId} with ${what}`);
      }
    });
  }
});

Deno.test("no field that anybody can think of is a fault of ours", async (t) => {
  for (const request of withCredentials) {
    await t.step(request.operation.operationId, async () => {
      const body = request.body as Record<string, unknown> | undefined;
      for (const [field, value] of Object.entries(body ?? {})) {
        const typed = typeof value === "number" ? hostileNumbers : hostileTexts;
        for (const hostile of [...typed, ...hostileValues]) {
          await send(request, (own) => ({ body: { ...own.body, [field]: hostile } }));
        }
      }
      if (!body) return;
      const unknown = await send(request, (own) => ({ body: { ...own.body, no_such_field: 1 } }));
      assert.ok([422, 429].includes(unknown.status), `${unknown.status}`);
    });
  }
});

Deno.test("no path or query that anybody can think of is a fault of ours", async (t) => {
  for (const request of requests) {
    const { operationId, parameters } = request.operation;
    await t.step(operationId, async () => {
      const segments = (request.path.split("?")[0] ?? "").split("/").length;
      for (const text of hostileTexts) {
        const part = encodeURIComponent(text.toWellFormed().slice(0, 4000));
        for (let place = 1; place < segments; place++) {
          await send(request, ({ path }) => ({ path: withSegment(path, place, part) }));
        }
        for (const { name } of parameters.filter((parameter) => parameter.in === "query")) {
          const value = text.toWellFormed().slice(0, 4000);
          await send(request, ({ path }) => ({ path: withParameter(path, name, value) }));
        }
      }
      await send(request, ({ path }) => ({ path: `${path.split("?")[0]}?no_such=1&no_such=2` }));
    });
  }
});

Deno.test("no body that anybody can send is a fault of ours", async (t) => {
  for (const request of requests.filter(({ operation }) => operation.requestBody)) {
    await t.step(request.operation.operationId, async () => {
      for (const [what, body] of hostileBodies) {
        for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
          const { caller } = await crowd.of(request.operation.tags[0]);
          const headers = { "content-type": type };
          const answer = await attack(request.path, {
            method: request.method,
            caller,
            headers,
            body,
            key: freshKey(),
          });
          const empty = ["nothing", "a byte order mark"].includes(what);
          assert.ok(answer.status >= 400 || empty, `${what} as ${type}`);
        }
      }
    });
  }
});

Deno.test("a field that is there twice counts once, and not as two", async () => {
  const { world } = await crowd.of("servers");
  const body = `{"product": "modera", "holder": "${world.person.id}", "amount": 1, "amount": 2}`;
  const answer = await attack("credit-debit", {
    method: "POST",
    caller: "secret",
    key: freshKey(),
    headers: { "content-type": "application/json" },
    body,
  });
  const { amount } = await answer.json() as { amount?: number };
  assert.ok(answer.status === 422 || amount === 2 || amount === 1);
});

Deno.test("a body that comes slowly is waited for, and one that never ends is let go", async () => {
  const whole = new TextEncoder().encode(JSON.stringify({ product: "modera", offer: "none" }));
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (const byte of whole) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        controller.enqueue(Uint8Array.of(byte));
      }
      controller.close();
    },
  });
  const headers = { "content-type": "application/json" };
  const { caller } = await crowd.of("people");
  const request = { method: "POST", caller, headers, key: freshKey() };
  assert.equal((await attack("checkout", { ...request, body: slow })).status, 404);
  const endless = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve));
      controller.enqueue(new Uint8Array(16_384).fill(0x20));
    },
  });
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), 20_000);
  const answer = await Promise.race([
    callFunction("checkout", { ...request, body: endless }).catch(() => null),
    late.promise,
  ]);
  clearTimeout(timer);
  assert.ok(answer === null || (answer !== "late" && answer.status === 413));
  await answer?.body?.cancel();
});

Deno.test("nothing that is like a request, and not one, is a fault of ours", async () => {
  const bodies = requests.filter(({ body }) => body !== undefined);
  const any = fc.constantFrom(...bodies).chain((request) =>
    fc.tuple(
      fc.constant(request),
      fc.oneof(
        fc.jsonValue({ maxDepth: 4 }),
        fc.record(
          Object.fromEntries(
            Object.entries(request.body as object).map(([field, value]) => [
              field,
              fc.oneof(
                { weight: 3, arbitrary: fc.constant(value) },
                fc.string({ unit: "binary" }),
                fc.double(),
                fc.bigInt().map(String),
                fc.jsonValue(),
              ),
            ]),
          ),
          { requiredKeys: [] },
        ),
      ),
    )
  );
  await fc.assert(
    fc.asyncProperty(any, async ([request, body]) => {
      await send(request, () => ({ body: body as Record<string, unknown> }));
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

Deno.test("hundreds of requests were hostile", () => {
  assert.ok(sent > 1000, `only ${sent}`);
  Deno.stdout.writeSync(new TextEncoder().encode(`${sent} hostile requests\n`));
});
