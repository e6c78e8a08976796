import assert from "node:assert/strict";
import { redact } from "./redact.ts";

const hidden: [string, unknown][] = [
  ["secret keys", "key sb_secret_abc123 used"],
  ["Stripe keys", { note: "sk_test_abc123 and whsec_abc123" }],
  ["tokens of shares", { "url.path": "/functions/v1/share/picture/shr_abc123" }],
  ["access tokens", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMxMjMifQ.abc123"],
  ["bearer headers", ["Bearer abc123"]],
  ["signed addresses", "http://x/object/sign/a.png?token=abc123&x=1"],
  ["database passwords", new Error("postgresql://postgres:abc123@db:5432/x")],
  ["fields by name", { headers: { Authorization: "abc123", cookie: "abc123" } }],
  ["causes of errors", new Error("outer", { cause: new Error("Bearer abc123") })],
];

for (const [what, value] of hidden) {
  Deno.test(`a log line does not show ${what}`, () => {
    assert.doesNotMatch(JSON.stringify(redact(value)), /abc123/);
  });
}

Deno.test("what is no secret stays as it is", () => {
  const line = {
    path: "/checkout",
    status: 201,
    user: "user:1b6c",
    nested: { n: [1, null, true] },
  };
  assert.deepEqual(redact(line), line);
});
