import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { callJson, restartFunctions } from "../harness/platform.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

/** The environment in which functions cannot reach the database, and the one in which they can. */
function environments(): [down: Record<string, string>, up: Record<string, string>] {
  const { adapter, api_url, db_url } = testPlatform();
  if (adapter === "data-api") {
    return [{ SUPABASE_URL: "http://127.0.0.1:1" }, { SUPABASE_URL: api_url }];
  }
  const login = new URL(db_url);
  login.username = "tessera_functions";
  return [
    { FUNCTIONS_DB_URL: "postgresql://tessera_functions:x@127.0.0.1:1/postgres" },
    { FUNCTIONS_DB_URL: login.href },
  ];
}

Deno.test("without a database callers are told to come back, and the same key does it once then", async () => {
  const holder = await userWithCredits(5);
  const key = freshKey();
  const debit = () =>
    callJson<ProblemBody>("credit-debit", {
      caller: "secret",
      key,
      body: { product: "modera", holder: holder.id, amount: 2 },
    });
  const [down, up] = environments();
  await restartFunctions(down);
  try {
    const { status, headers, body } = await debit();
    assert.deepEqual([status, body.code], [503, "database_unavailable"]);
    assert.ok(Number(headers.get("retry-after")) > 0);
  } finally {
    await restartFunctions(up);
  }
  assert.equal((await debit()).status, 200);
  assert.equal((await debit()).status, 200);
  assert.equal((await balanceOf(holder)).posted, 3);
});
