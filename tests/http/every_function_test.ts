import assert from "node:assert/strict";
import { callFunction, callJson } from "../harness/platform.ts";
import { freshKey, type ProblemBody } from "./people.ts";

const functions = [
  { slug: "account-export", method: "POST", caller: "nobody" },
  { slug: "account-erasure", method: "GET", caller: "nobody" },
  { slug: "api-docs", method: "GET", caller: "anyone" },
  { slug: "consent", method: "GET", caller: "nobody" },
  { slug: "auto-top-up", method: "GET", caller: "nobody" },
  { slug: "subscribe", method: "POST", caller: "nobody" },
  { slug: "subscription-change", method: "POST", caller: "nobody" },
  { slug: "subscription-cancel", method: "POST", caller: "nobody" },
  { slug: "billing-portal", method: "POST", caller: "nobody" },
  { slug: "upscale", method: "POST", caller: "nobody" },
  { slug: "background-removal", method: "POST", caller: "nobody" },
  { slug: "vectorize", method: "POST", caller: "nobody" },
  { slug: "generate", method: "POST", caller: "nobody" },
  { slug: "halftone", method: "POST", caller: "nobody" },
  { slug: "color-knockout", method: "POST", caller: "nobody" },
  { slug: "underbase", method: "POST", caller: "nobody" },
  { slug: "checkout", method: "POST", caller: "nobody" },
  { slug: "try-on", method: "POST", caller: "nobody" },
  { slug: "style-analysis", method: "POST", caller: "nobody" },
  { slug: "credit-debit", method: "POST", caller: "secret" },
  { slug: "credit-balance", method: "GET", caller: "nobody" },
  { slug: "invoice-refund", method: "POST", caller: "nobody" },
  { slug: "invoice-expiry", method: "POST", caller: "automations" },
  { slug: "session-start", method: "POST", caller: "nobody" },
  { slug: "session-cancel", method: "POST", caller: "nobody" },
  { slug: "session-expiry", method: "POST", caller: "automations" },
  { slug: "share", method: "POST", caller: "nobody" },
  { slug: "image-upload", method: "POST", caller: "nobody" },
  { slug: "images", method: "GET", caller: "nobody" },
  { slug: "image-download", method: "POST", caller: "nobody" },
  { slug: "collections", method: "GET", caller: "nobody" },
  { slug: "catalogue", method: "GET", caller: "anyone" },
  { slug: "admin-summary", method: "GET", caller: "nobody" },
  { slug: "settings", method: "GET", caller: "nobody" },
  { slug: "job-worker", method: "POST", caller: "automations" },
  { slug: "stripe-webhook", method: "POST", caller: "nobody" },
  { slug: "prediction-webhook", method: "POST", caller: "nobody" },
  { slug: "partners", method: "GET", caller: "nobody" },
  { slug: "partner-feed", method: "POST", caller: "nobody" },
  { slug: "partner-postback", method: "POST", caller: "anyone" },
  { slug: "product-search", method: "GET", caller: "nobody" },
  { slug: "recommendations", method: "POST", caller: "nobody" },
  { slug: "recommendation-click", method: "GET", caller: "anyone" },
  { slug: "health", method: "GET", caller: "anyone" },
  { slug: "ops-status", method: "GET", caller: "nobody" },
  { slug: "metrics", method: "GET", caller: "secret" },
  { slug: "dead-letters", method: "GET", caller: "nobody" },
  { slug: "reconciliation", method: "POST", caller: "nobody" },
  { slug: "admin-users", method: "GET", caller: "nobody" },
  { slug: "admin-logs", method: "GET", caller: "nobody" },
  { slug: "admin-revenue", method: "GET", caller: "nobody" },
  { slug: "operation-costs", method: "GET", caller: "nobody" },
  { slug: "operation-metrics", method: "GET", caller: "nobody" },
  { slug: "admin-credits", method: "POST", caller: "nobody" },
  { slug: "email-webhook", method: "POST", caller: "nobody" },
  { slug: "email-unsubscribe", method: "POST", caller: "anyone" },
  { slug: "email-templates", method: "GET", caller: "nobody" },
  { slug: "email-campaigns", method: "GET", caller: "nobody" },
  { slug: "email-logs", method: "GET", caller: "nobody" },
  { slug: "email-suppressions", method: "POST", caller: "nobody" },
  { slug: "telegram-webhook", method: "POST", caller: "nobody" },
  { slug: "telegram-sign-in", method: "POST", caller: "anyone" },
] as const;

for (const { slug, method } of functions) {
  Deno.test(`${slug} answers preflights, wrong methods and unknown routes`, async () => {
    const preflight = await callFunction(slug, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example.com", "access-control-request-method": method },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", new RegExp(method));
    assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /idempotency-key/);

    const wrong = await callJson<ProblemBody>(slug, { method: "PATCH" });
    assert.deepEqual([wrong.status, wrong.body.code], [405, "method_not_allowed"]);
    assert.ok(wrong.headers.get("allow")?.split(", ").includes(method));

    const unknown = await callJson<ProblemBody>(`${slug}/no/such/route`, { method });
    assert.deepEqual([unknown.status, unknown.body.code], [404, "not_found"]);
    for (const { headers } of [wrong, unknown]) {
      assert.equal(headers.get("access-control-allow-origin"), "*");
      assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.ok(headers.get("x-request-id"));
    }
  });
}

for (
  const { slug, method } of functions.filter(({ slug, caller }) =>
    !slug.endsWith("webhook") && caller !== "anyone"
  )
) {
  Deno.test(`${slug} without credentials is 401, however it is asked`, async () => {
    const body = method === "POST" ? {} : undefined;
    const attempts: Record<string, string>[] = [
      {},
      { apikey: "sb_secret_guess" },
      { authorization: "Bearer not.a.token" },
      { authorization: `Bearer ${unsigned({ sub: crypto.randomUUID(), role: "authenticated" })}` },
      { authorization: `Bearer ${unsigned({ role: "service_role" })}` },
    ];
    for (const headers of attempts) {
      const path = method === "GET" ? `${slug}?product=modera` : slug;
      const answer = await callJson<ProblemBody>(path, { method, body, headers, key: freshKey() });
      assert.deepEqual([answer.status, answer.body.code], [401, "unauthorized"]);
    }
  });
}

Deno.test("a request id that was sent comes back, and only a sane one", async () => {
  const sane = await callFunction("credit-balance", {
    headers: { "x-request-id": "trace-12345678" },
  });
  assert.equal(sane.headers.get("x-request-id"), "trace-12345678");
  const body = await sane.json() as ProblemBody;
  assert.equal(body.request_id, "trace-12345678");
  const odd = await callFunction("credit-balance", { headers: { "x-request-id": "a b" } });
  assert.match(odd.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  await odd.body?.cancel();
});

Deno.test("10 MB of nested JSON are refused before they are parsed", async () => {
  const body = new TextEncoder().encode("[".repeat(10 * 1024 * 1024));
  const headers = { "content-type": "application/json" };
  const whole = await callJson<ProblemBody>("credit-debit", {
    caller: "secret",
    key: freshKey(),
    method: "POST",
    body,
    headers,
  });
  assert.deepEqual([whole.status, whole.body.code], [413, "payload_too_large"]);
  assert.equal(whole.body["max_bytes"], 65536);
});

Deno.test("a body of unknown length is cut off at the limit", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 16_384;
      controller.enqueue(new Uint8Array(16_384).fill(0x20));
      if (sent > 64 * 1024 * 1024) controller.close();
    },
  });
  const answer = await callFunction("credit-debit", {
    caller: "secret",
    key: freshKey(),
    method: "POST",
    body: endless,
    headers: { "content-type": "application/json" },
  });
  assert.equal(answer.status, 413);
  await answer.body?.cancel();
});

Deno.test("deep nesting within the size limit is refused", async () => {
  const answer = await callJson<ProblemBody>("credit-debit", {
    caller: "secret",
    key: freshKey(),
    method: "POST",
    body: `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
    headers: { "content-type": "application/json" },
  });
  assert.deepEqual([answer.status, answer.body.code], [400, "invalid_request"]);
});

/** A token as an attacker writes it: without a signature. */
function unsigned(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "none", typ: "JWT", kid: "local" })}.${
    part({ aud: "authenticated", ...claims })
  }.`;
}
