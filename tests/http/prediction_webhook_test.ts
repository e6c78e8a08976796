import assert from "node:assert/strict";
import { callJson } from "../harness/platform.ts";
import type { ProblemBody } from "./people.ts";

const prediction = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";
const success = { id: "p1", status: "succeeded", output: "http://evil.example.com/r.png" };

const post = (query: string, headers: Record<string, string> = {}) =>
  callJson<ProblemBody>(`prediction-webhook?${query}`, { body: success, headers });

Deno.test("a webhook at an address that we did not give out is 400", async () => {
  for (const token of ["", "0".repeat(64), "x"]) {
    const answer = await post(`prediction=${prediction}&kind=modera.try-on&token=${token}`);
    assert.deepEqual([answer.status, answer.body.code], [400, "invalid_signature"]);
  }
});

Deno.test("a signature of one's own does not make up for the address", async () => {
  const answer = await post(`prediction=${prediction}&kind=modera.try-on&token=${"a".repeat(64)}`, {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
    "webhook-signature": `v1,${btoa("forged")}`,
  });
  assert.deepEqual([answer.status, answer.body.code], [400, "invalid_signature"]);
});

Deno.test("prediction-webhook names a parameter that is missing or unknown", async () => {
  const missing = await post("kind=modera.try-on&token=x");
  assert.deepEqual([missing.status, missing.body.errors?.[0]?.field], [422, "prediction"]);
  const unknown = await post(`prediction=${prediction}&kind=modera.try-on&token=x&admin=1`);
  assert.deepEqual([unknown.status, unknown.body.errors?.[0]?.field], [422, "admin"]);
});
