import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";

type Adjusted = { amount: number; balance: { available: number } } & ProblemBody;

const adjust = (caller: User, holder: string, change: object = {}, key = freshKey()) =>
  callJson<Adjusted>("admin-credits", {
    caller,
    key,
    body: { product: "dtf", holder, amount: 5, reason: "A print was lost.", ...change },
  });

Deno.test("an admin gives and takes credits once for each key, and the reason is on the record", async () => {
  const [admin, user] = [await newAdmin("dtf"), await newUser()];
  const key = freshKey();
  const before = (await adjust(admin, user.id, {}, key)).body.balance.available;
  assert.equal((await adjust(admin, user.id, {}, key)).body.balance.available, before);
  const taken = await adjust(admin, user.id, { amount: -5, reason: "Given by mistake." });
  assert.deepEqual([taken.status, taken.body.balance.available], [200, before - 5]);
  const sql = platformDatabase();
  try {
    const rows = await sql`
      select action, details ->> 'reason' as reason, target_id from dtf.admin_logs
      where admin_user_id = ${admin.id} order by created_at`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { action: "credits.adjusted", reason: "A print was lost.", target_id: user.id },
      { action: "credits.adjusted", reason: "Given by mistake.", target_id: user.id },
    ]);
    assert.deepEqual([...await sql`select * from ledger.verify()`], []);
  } finally {
    await sql.end();
  }
});

Deno.test("credits by hand without a reason, to nobody, too many, or by anybody else are refused", async () => {
  const [admin, user] = [await newAdmin("dtf"), await newUser()];
  const refused = async (answer: Promise<{ status: number; body: ProblemBody }>) => {
    const { status, body } = await answer;
    return [status, body.code];
  };
  assert.deepEqual(await refused(adjust(admin, user.id, { reason: " " })), [
    422,
    "invalid_request",
  ]);
  assert.deepEqual(await refused(adjust(admin, user.id, { amount: 0 })), [422, "invalid_amount"]);
  assert.deepEqual(await refused(adjust(admin, user.id, { amount: -500 })), [
    402,
    "insufficient_credits",
  ]);
  assert.deepEqual(await refused(adjust(admin, crypto.randomUUID())), [404, "holder_not_found"]);
  assert.deepEqual(await refused(adjust(admin, user.id, { product: "modera" })), [
    403,
    "admin_required",
  ]);
  assert.deepEqual(await refused(adjust(user, user.id)), [403, "admin_required"]);
});
