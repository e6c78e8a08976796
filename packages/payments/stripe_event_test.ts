import assert from "node:assert/strict";
import { stripeClient } from "./stripe_client.ts";
import { readStripeEvent } from "./stripe_event.ts";

const stripe = stripeClient({ secretKey: "sk_test_fake" });
const secret = "whsec_for_tests";
const payload = JSON.stringify({
  id: "evt_1",
  object: "event",
  type: "ping",
  data: { object: {} },
});

const signed = (options: { secret?: string; timestamp?: number } = {}) =>
  stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, ...options });
const read = (body: string, signature: string | null, secrets = [secret]) =>
  Promise.try(readStripeEvent, stripe, secrets, new TextEncoder().encode(body), signature);
const now = () => Math.floor(Date.now() / 1000);
const invalid = { status: 400, code: "invalid_signature" };

Deno.test("an event that Stripe signed just now is read", async () => {
  assert.equal((await read(payload, await signed())).id, "evt_1");
});

Deno.test("while a secret is replaced, both are good", async () => {
  assert.equal((await read(payload, await signed(), ["whsec_new", secret])).id, "evt_1");
});

Deno.test("a changed body is refused", async () => {
  await assert.rejects(read(payload.replace("evt_1", "evt_2"), await signed()), invalid);
  await assert.rejects(read(`${payload} `, await signed()), invalid);
});

Deno.test("another's signature, none, or nonsense is refused", async () => {
  await assert.rejects(read(payload, await signed({ secret: "whsec_guess" })), invalid);
  for (const signature of [null, "", "t=1", `t=${now()},v1=00`, "nonsense"]) {
    await assert.rejects(read(payload, signature), invalid);
  }
});

Deno.test("a signature of more than five minutes ago is refused", async () => {
  await assert.rejects(read(payload, await signed({ timestamp: now() - 301 })), invalid);
  assert.ok(await read(payload, await signed({ timestamp: now() - 290 })));
});
