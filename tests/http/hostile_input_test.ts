import assert from "node:assert/strict";
import fc from "../harness/fast_check.ts";
import { callFunction } from "../harness/platform.ts";
import { balanceOf, freshKey, userWithCredits } from "./people.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 });
const hostile = fc.constantFrom(
  "\0",
  "\ud800",
  "'; select pg_sleep(10); --",
  "__proto__",
  "../../etc/passwd",
  "1e309",
  -1,
  2 ** 53,
  null,
  [],
  {},
);
const anyField = fc.oneof(anyText, hostile, fc.integer(), fc.double(), fc.jsonValue());

Deno.test("no debit that anybody can think of is a fault of ours, or moves what it should not", async () => {
  const holder = await userWithCredits(1000);
  const body = fc.record({
    product: fc.oneof(fc.constant("modera"), anyField),
    holder: fc.oneof(fc.constant(holder.id), fc.uuid(), anyField),
    amount: fc.oneof(fc.integer({ min: 1, max: 3 }), anyField),
    feature: anyField,
    reference: fc.oneof(anyText, anyField),
    [`x`]: anyField,
  }, { requiredKeys: [] });
  let spent = 0;
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const answer = await callFunction("credit-debit", {
        caller: "secret",
        key: freshKey(),
        body: JSON.stringify(sent),
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      const { amount } = await answer.json() as { amount: number };
      assert.ok(answer.status < 500, `${answer.status} for ${JSON.stringify(sent)}`);
      if (answer.status === 200) spent += amount;
    }),
    { numRuns: 300 },
  );
  assert.equal((await balanceOf(holder)).posted, 1000 - spent);
});

Deno.test("no query or path that anybody can think of is a fault of ours", async () => {
  const caller = await userWithCredits(0);
  const parts = fc.tuple(anyText, fc.oneof(anyText, hostile.map(String)), anyText);
  await fc.assert(
    fc.asyncProperty(parts, async ([path, value, name]) => {
      const query = new URLSearchParams([["product", value], [name.toWellFormed(), value]]);
      const segment = encodeURIComponent(path.toWellFormed());
      const answer = await callFunction(`credit-balance/${segment}?${query}`, { caller });
      await answer.body?.cancel();
      assert.ok(answer.status < 500, `${answer.status} for ${segment}?${query}`);
    }),
    { numRuns: 100 },
  );
});
