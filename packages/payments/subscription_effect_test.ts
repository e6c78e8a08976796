import assert from "node:assert/strict";
import type Stripe from "stripe";
import {
  invoiceFacts,
  paymentIntentOf,
  subscriptionFacts,
  subscriptionOf,
} from "./subscription_effect.ts";
import { subscriptionNews } from "./subscription_news.ts";

const holder = "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10001";
const orderId = "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10002";
const [start, end] = [1_767_225_600, 1_769_904_000];

/** As Stripe's API 2026-10-28 answers `GET /v1/subscriptions/:id?expand[]=schedule`; what we do not read is left out. */
const subscription = {
  id: "sub_1",
  object: "subscription",
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  customer: "cus_1",
  ended_at: null,
  items: {
    object: "list",
    data: [{
      id: "si_1",
      object: "subscription_item",
      current_period_start: start,
      current_period_end: end,
      price: { id: "price_starter", object: "price", unit_amount: 2499, currency: "usd" },
      quantity: 1,
    }],
    has_more: false,
  },
  metadata: { order_id: orderId, product: "dtf", holder },
  schedule: null,
  start_date: start,
  status: "active",
};

const facts = (changes: Record<string, unknown> = {}) =>
  subscriptionFacts({ ...subscription, ...changes } as unknown as Stripe.Subscription);

Deno.test("a subscription in our words", () => {
  assert.deepEqual(facts(), {
    provider_subscription_id: "sub_1",
    order_id: orderId,
    product: "dtf",
    holder,
    customer_id: "cus_1",
    state: "active",
    provider_price_id: "price_starter",
    next_provider_price_id: null,
    current_period_start: "2026-01-01T00:00:00.000Z",
    current_period_end: "2026-02-01T00:00:00.000Z",
    cancel_at_period_end: false,
    started_at: "2026-01-01T00:00:00.000Z",
    cancelled_at: null,
    ended_at: null,
  });
});

Deno.test("ids that others wrote into the metadata are none", () => {
  const { order_id, holder } = facts({ metadata: { order_id: "1 or true", holder: "me" } });
  assert.deepEqual([order_id, holder], [null, null]);
});

Deno.test("the end of the period is the end, by the flag and by the date that the portal sets", () => {
  assert.equal(facts({ cancel_at_period_end: true }).cancel_at_period_end, true);
  assert.equal(facts({ cancel_at: end }).cancel_at_period_end, true);
  assert.equal(facts({ cancel_at: end + 86_400 * 40 }).cancel_at_period_end, false);
});

Deno.test("the change that waits is the phase after this one, while its schedule is active", () => {
  const phases = [
    { start_date: start, end_date: end, items: [{ price: "price_starter" }] },
    { start_date: end, end_date: end + 86_400 * 28, items: [{ price: "price_basic" }] },
  ];
  const next = (status: string) =>
    facts({ schedule: { id: "sub_sched_1", status, phases } }).next_provider_price_id;
  assert.deepEqual(["active", "released", "canceled"].map(next), ["price_basic", null, null]);
  assert.equal(facts({ schedule: "sub_sched_1" }).next_provider_price_id, null);
});

/** As Stripe's API 2026-10-28 answers `GET /v1/invoices/:id?expand[]=payments` for an upgrade. */
const invoice = {
  id: "in_1",
  object: "invoice",
  amount_due: 750,
  amount_paid: 750,
  attempt_count: 1,
  billing_reason: "subscription_update",
  currency: "usd",
  lines: {
    object: "list",
    data: [-500, 1250].map((amount) => ({
      id: `il_${amount}`,
      object: "line_item",
      amount,
      period: { start, end },
      parent: {
        type: "subscription_item_details",
        subscription_item_details: { proration: true, subscription: "sub_1" },
      },
      pricing: {
        type: "price_details",
        price_details: { price: amount < 0 ? "price_basic" : "price_starter", product: "prod_1" },
      },
    })),
  },
  next_payment_attempt: null,
  parent: { type: "subscription_details", subscription_details: { subscription: "sub_1" } },
  payments: {
    object: "list",
    data: [
      {
        id: "inpay_0",
        status: "canceled",
        payment: { type: "payment_intent", payment_intent: "pi_0" },
      },
      {
        id: "inpay_1",
        status: "paid",
        payment: { type: "payment_intent", payment_intent: "pi_1" },
      },
    ],
  },
  status: "paid",
};

const bill = (changes: Record<string, unknown> = {}) =>
  ({ ...invoice, ...changes }) as unknown as Stripe.Invoice;

Deno.test("an invoice in our words: what was paid, for which lines, by which payment", () => {
  const { paid, amount, currency, reason, lines } = invoiceFacts(bill(), false);
  assert.deepEqual([paid, amount, currency, reason], [true, 750, "USD", "subscription_update"]);
  assert.deepEqual(lines.map((line) => [line.provider_price_id, line.amount, line.period_end]), [
    ["price_basic", -500, "2026-02-01T00:00:00.000Z"],
    ["price_starter", 1250, "2026-02-01T00:00:00.000Z"],
  ]);
  assert.deepEqual([paymentIntentOf(bill()), subscriptionOf(bill())], ["pi_1", "sub_1"]);
});

Deno.test("an invoice that was paid from a balance has no payment, and one of nothing no subscription", () => {
  assert.equal(paymentIntentOf(bill({ payments: { data: [] } })), null);
  assert.equal(subscriptionOf(bill({ parent: null })), null);
});

Deno.test("that it could not be paid is news until it was paid", () => {
  const open = bill({ status: "open", amount_paid: 0 });
  assert.equal(invoiceFacts(open, true).failed_attempt, 1);
  assert.equal(invoiceFacts(open, false).failed_attempt, null);
  assert.equal(invoiceFacts(bill(), true).failed_attempt, null);
});

const about = (type: string, object: Record<string, unknown>) =>
  subscriptionNews({ type, data: { object } } as unknown as Stripe.Event);

Deno.test("what an event is about, in every shape that Stripe has given it", () => {
  const none = { subscriptionId: null, invoiceId: null, failed: false };
  assert.deepEqual(about("customer.subscription.deleted", { id: "sub_1" }), {
    ...none,
    subscriptionId: "sub_1",
  });
  // Before API 2025-03-31 an invoice named its subscription at the top; its id is all that is read.
  for (const shape of [{ subscription: "sub_1" }, { parent: invoice.parent }]) {
    assert.deepEqual(about("invoice.payment_failed", { id: "in_1", ...shape }), {
      ...none,
      invoiceId: "in_1",
      failed: true,
    });
  }
  assert.deepEqual(
    about("checkout.session.completed", {
      mode: "subscription",
      subscription: "sub_1",
      invoice: "in_1",
    }),
    { ...none, subscriptionId: "sub_1", invoiceId: "in_1" },
  );
  assert.equal(about("checkout.session.completed", { mode: "payment", subscription: null }), null);
  assert.equal(
    about("subscription_schedule.released", { subscription: null, released_subscription: "sub_1" })
      ?.subscriptionId,
    "sub_1",
  );
  assert.equal(about("customer.created", { id: "cus_1" }), null);
});
