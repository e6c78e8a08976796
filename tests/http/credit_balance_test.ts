import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase } from "../harness/platform.ts";
import { freshKey, type ProblemBody, userWithCredits } from "./people.ts";

interface Statement {
  balance: { posted: number; pending: number; available: number };
  grants: { category: string; amount: number; remaining: number; expires_at: string | null }[];
  entries: { entry_id: string; kind: string; amount: number; balance_after: number }[];
  next_cursor: string | null;
}

Deno.test("credit-balance shows the caller's balance, grants and entries", async () => {
  const user = await userWithCredits(10);
  await callJson("credit-debit", {
    caller: "secret",
    key: freshKey(),
    body: { product: "modera", holder: user.id, amount: 4 },
  });
  const { status, body } = await callJson<Statement>("credit-balance?product=modera", {
    caller: user,
  });
  assert.equal(status, 200);
  assert.deepEqual(body.balance, { posted: 6, pending: 0, available: 6 });
  assert.deepEqual(body.grants.map(({ amount, remaining }) => [amount, remaining]), [[10, 6]]);
  assert.deepEqual(body.entries.map(({ kind, amount }) => [kind, amount]), [
    ["debit", -4],
    ["grant", 10],
  ]);
  assert.equal(body.next_cursor, null);
});

Deno.test("credit-balance pages through entries without gaps or repeats", async () => {
  const user = await userWithCredits(10);
  const sql = platformDatabase();
  for (let i = 0; i < 6; i++) {
    await sql`select ledger.debit('modera', ${user.id}, 1, ${`spent-${i}`}, 'test')`;
  }
  await sql.end();
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const from: string = cursor ? `&cursor=${cursor}` : "";
    const { body }: { body: Statement } = await callJson<Statement>(
      `credit-balance?product=modera&page_size=3${from}`,
      { caller: user },
    );
    assert.ok(body.entries.length <= 3);
    seen.push(...body.entries.map((entry) => entry.entry_id));
    cursor = body.next_cursor;
  }
  assert.equal(seen.length, 7);
  assert.equal(new Set(seen).size, 7);
});

Deno.test("somebody new has nothing, and sees nothing of others", async () => {
  await userWithCredits(10);
  const { status, body } = await callJson<Statement>("credit-balance?product=modera", {
    caller: await newUser(),
  });
  assert.equal(status, 200);
  assert.deepEqual(body.balance, { posted: 0, pending: 0, available: 0 });
  assert.deepEqual([body.grants, body.entries], [[], []]);
});

Deno.test("credit-balance names a wrong parameter", async () => {
  const caller = await newUser();
  const wrong: [string, string][] = [
    ["", "product"],
    ["product=modera&page_size=0", "page_size"],
    ["product=modera&page_size=many", "page_size"],
    ["product=modera&cursor=x", "cursor"],
    ["product=modera&holder=me", "holder"],
    ["product=modera&product=dtf", "product"],
  ];
  for (const [query, field] of wrong) {
    const { status, body } = await callJson<ProblemBody>(`credit-balance?${query}`, { caller });
    assert.equal(status, 422, query);
    assert.equal(body.errors?.[0]?.field, field);
  }
});
