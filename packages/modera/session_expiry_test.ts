import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { expireSessions } from "./session_expiry.ts";

/** Runs the expiry over sweeps that expire so many sessions each. */
async function run(...sweeps: number[]): Promise<number> {
  const database = fakeDatabase({
    expire_sessions: () => ({ expired: sweeps.shift() ?? 0 }),
  });
  return await expireSessions(database.as(serviceCaller));
}

Deno.test("a full batch is followed by another", async () => {
  assert.equal(await run(100, 7, 100), 107);
});

Deno.test("one call ends, however many sessions are due", async () => {
  assert.equal(await run(...Array.from({ length: 20 }, () => 100)), 1000);
});
