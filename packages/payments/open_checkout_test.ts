import assert from "node:assert/strict";
import type { Json } from "../database/types.ts";
import { serviceCaller } from "../database/database.ts";
import { type FakeDatabase, fakeDatabase } from "../http/fakes.ts";
import { FakeStripe, refused } from "./fake_stripe.ts";
import { openCheckout, type Order } from "./open_checkout.ts";
import { stripePages } from "./stripe_page.ts";

const request = { product: "modera", offer: "basic", currency: null, idempotencyKey: "k1" };
const page = "https://checkout.example.com/c/cs_1";
const session = { id: "cs_1", object: "checkout.session", url: page, payment_intent: null };

const invoice = {
  invoice_id: "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10",
  number: "INV-1",
  state: "pending",
  product: "modera",
  offer_title: "Basic: 50 credits",
  provider: "stripe",
  amount: 500,
  currency: "USD",
  credits: 50,
  expires_at: "2030-01-01T00:00:00+00:00",
  provider_price_id: "price_1",
  provider_customer_id: null,
  customer_email: "ada@example.com",
  url: null,
};

function shop(changes: Record<string, Json> = {}): FakeDatabase {
  return fakeDatabase({
    open_invoice: () => ({ ...invoice, ...changes }),
    attach_checkout: ({ url }) => ({ url: url as string, attached: true }),
  });
}

function checkout(stripe: FakeStripe, database: FakeDatabase) {
  const buyer = database.as({ role: "authenticated", claims: {} });
  const service = database.as(serviceCaller);
  const pages = { stripe: stripePages(stripe.client, "https://shop.example.com/back?lang=en") };
  const openInvoice = (order: Order) => buyer.rpc("api", "open_invoice", { ...order });
  return openCheckout({ pages, openInvoice, service }, request);
}

Deno.test("a checkout asks Stripe for the invoice's price and end, and keeps the session", async () => {
  await using stripe = new FakeStripe(() => ({ body: session }));
  const database = shop();
  const opened = await checkout(stripe, database);
  assert.deepEqual(opened, {
    invoice_id: invoice.invoice_id,
    number: "INV-1",
    url: page,
    amount: 500,
    currency: "USD",
    credits: 50,
    expires_at: invoice.expires_at,
  });
  const [asked] = stripe.requests;
  assert.equal(asked?.idempotencyKey, invoice.invoice_id);
  assert.equal(asked?.form["line_items[0][price]"], "price_1");
  assert.equal(asked?.form["client_reference_id"], invoice.invoice_id);
  assert.equal(asked?.form["metadata[invoice_id]"], invoice.invoice_id);
  assert.equal(asked?.form["expires_at"], String(Date.parse(invoice.expires_at) / 1000));
  assert.equal(asked?.form["customer_email"], "ada@example.com");
  assert.match(asked?.form["success_url"] ?? "", /lang=en&invoice=.*&result=paid$/);
  const attached = database.calls.at(-1);
  assert.deepEqual([attached?.name, attached?.caller.role], ["attach_checkout", "service_role"]);
  assert.equal(attached?.args["checkout_session_id"], "cs_1");
});

Deno.test("a repeated checkout answers from the invoice without asking Stripe", async () => {
  await using stripe = new FakeStripe(() => "down");
  assert.equal((await checkout(stripe, shop({ url: page }))).url, page);
  assert.equal(stripe.requests.length, 0);
});

Deno.test("Stripe down is 503; the same key goes on with the same invoice", async () => {
  let down = true;
  await using stripe = new FakeStripe(() => down ? "down" : { body: session });
  const database = shop();
  await assert.rejects(checkout(stripe, database), { status: 503, code: "provider_unavailable" });
  assert.ok(!database.calls.some(({ name }) => name === "attach_checkout"));
  down = false;
  assert.equal((await checkout(stripe, database)).url, page);
  const keys = new Set(stripe.requests.map(({ idempotencyKey }) => idempotencyKey));
  assert.deepEqual([...keys], [invoice.invoice_id]);
  assert.equal(new Set(stripe.requests.map(({ form }) => JSON.stringify(form))).size, 1);
});

Deno.test("an invoice that is too old for a session, or closed, asks for a new key", async () => {
  await using stripe = new FakeStripe(() => refused({ param: "expires_at" }));
  await assert.rejects(checkout(stripe, shop()), { status: 409, code: "invoice_expired" });
  await assert.rejects(checkout(stripe, shop({ state: "expired" })), { code: "invoice_expired" });
  assert.equal(stripe.requests.length, 1);
});

Deno.test("what Stripe refuses otherwise is a fault of ours", async () => {
  await using stripe = new FakeStripe(() => refused({ param: "line_items" }));
  await assert.rejects(checkout(stripe, shop()), { status: 500, code: "internal" });
});

Deno.test("a price that is not at Stripe yet is asked for again soon, before Stripe is asked", async () => {
  await using stripe = new FakeStripe(() => ({ body: session }));
  await assert.rejects(checkout(stripe, shop({ provider_price_id: null })), {
    status: 503,
    code: "provider_unavailable",
    retryAfterSeconds: 5,
  });
  assert.equal(stripe.requests.length, 0);
});
