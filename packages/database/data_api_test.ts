import assert from "node:assert/strict";
import { dataApiDatabase } from "./data_api.ts";
import { type Caller, serviceCaller } from "./database.ts";

/** The adapter with a Data API that answers as told; keeps the last request. */
function adapter(answer: () => Response | Promise<Response>) {
  const seen: { url: string; headers: Headers; body: unknown }[] = [];
  const database = dataApiDatabase({
    url: "http://api.test",
    publishableKey: "sb_publishable_x",
    secretKey: "sb_secret_x",
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { url, headers } = request;
      seen.push({ url, headers, body: await request.json() });
      return await answer();
    },
  });
  return { database, seen };
}

const user: Caller = { role: "authenticated", claims: { sub: "u" }, token: "user-token" };
const failing = (status: number, body: Record<string, unknown>) => () =>
  Response.json({ details: null, hint: null, ...body }, { status });
const ask = (answer: () => Response | Promise<Response>, caller: Caller = user) =>
  adapter(answer).database.as(caller).rpc("api", "account_balance", { product: "modera" });

Deno.test("a user's call carries the user's token and the publishable key", async () => {
  const { database, seen } = adapter(() => Response.json({ balance: 1 }));
  const answer = await database.as(user).rpc("api", "account_balance", { product: "modera" });
  assert.deepEqual(answer, { balance: 1 });
  assert.equal(seen[0]?.url, "http://api.test/rest/v1/rpc/account_balance");
  assert.equal(seen[0]?.headers.get("authorization"), "Bearer user-token");
  assert.equal(seen[0]?.headers.get("apikey"), "sb_publishable_x");
  assert.equal(seen[0]?.headers.get("content-profile"), "api");
  assert.deepEqual(seen[0]?.body, { product: "modera" });
});

Deno.test("a service's call carries the secret key, and no user's token", async () => {
  const { database, seen } = adapter(() => Response.json([]));
  await Promise.all([
    database.as(user).rpc("api", "account_balance", { product: "modera" }),
    database.as(serviceCaller).rpc("api", "late_jobs", {}),
  ]);
  const service = seen.find(({ url }) => url.endsWith("late_jobs"));
  assert.equal(service?.headers.get("apikey"), "sb_secret_x");
  assert.notEqual(service?.headers.get("authorization"), "Bearer user-token");
});

Deno.test("a user without a token is a fault of ours, and nothing is asked", async () => {
  const { database, seen } = adapter(() => Response.json({}));
  const nameless = database.as({ role: "authenticated", claims: {} });
  await assert.rejects(nameless.rpc("api", "account_balance", { product: "modera" }), {
    code: "internal",
  });
  assert.deepEqual(seen, []);
});

const answers: [string, () => Response | Promise<Response>, number, string][] = [
  ["a raised problem", failing(404, { code: "PT404", message: "not_found" }), 404, "not_found"],
  ["a token that ran out", failing(401, { code: "PGRST301", message: "x" }), 401, "unauthorized"],
  ["a 401 of ours", failing(401, { code: "PT401", message: "too_old" }), 401, "too_old"],
  ["a gateway without a database", failing(503, { message: "x" }), 503, "database_unavailable"],
  ["no connection", failing(503, { code: "PGRST001", message: "x" }), 503, "database_unavailable"],
  ["no answer", () => Promise.reject(new TypeError("refused")), 503, "database_unavailable"],
  ["an error of SQL", failing(400, { code: "23505", message: "secret" }), 500, "internal"],
];

for (const [what, answer, status, code] of answers) {
  Deno.test(`${what} is ${status} ${code}`, async () => {
    await assert.rejects(ask(answer), { status, code });
  });
}

Deno.test("a refusal is thrown", async () => {
  const refusal = { code: "insufficient_credits", required: 3, available: 1 };
  await assert.rejects(ask(() => Response.json({ refusal })), { status: 402 });
});
