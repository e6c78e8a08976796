import assert from "node:assert/strict";
import type Stripe from "stripe";
import { type PaymentEffect, paymentEffect } from "./payment_effect.ts";

const invoiceId = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";

const session = {
  id: "cs_1",
  client_reference_id: invoiceId,
  metadata: {},
  payment_intent: "pi_1",
  payment_status: "paid",
  amount_total: 500,
  currency: "usd",
  customer: "cus_1",
};

const facts = {
  checkout_session_id: "cs_1",
  payment_intent_id: "pi_1",
  invoice_id: invoiceId,
  amount: 500,
  currency: "USD",
  customer_id: "cus_1",
};

const dispute = { id: "dp_1", payment_intent: { id: "pi_1" }, amount: 500, currency: "usd" };
const disputed = { payment_intent_id: "pi_1", dispute_id: "dp_1", amount: 500, currency: "USD" };

const refund = { id: "re_1", payment_intent: "pi_1", amount: 200, currency: "usd", metadata: {} };
const refunded = { refund_id: "re_1", payment_intent_id: "pi_1", amount: 200, currency: "USD" };

const intent = {
  id: "pi_1",
  amount: 500,
  currency: "usd",
  customer: "cus_1",
  status: "processing",
  metadata: { top_up_id: "t", invoice_id: invoiceId },
};
const charged = {
  payment_intent_id: "pi_1",
  invoice_id: invoiceId,
  amount: 500,
  currency: "USD",
  customer_id: "cus_1",
};

const cases: [string, unknown, PaymentEffect][] = [
  ["checkout.session.completed", session, { ...facts, kind: "checkout_paid" }],
  [
    "checkout.session.completed",
    { ...session, payment_status: "no_payment_required", amount_total: 0 },
    { ...facts, amount: 0, kind: "checkout_paid" },
  ],
  [
    "checkout.session.completed",
    { ...session, payment_status: "unpaid" },
    { ...facts, kind: "checkout_processing" },
  ],
  ["checkout.session.async_payment_succeeded", session, { ...facts, kind: "checkout_paid" }],
  [
    "checkout.session.async_payment_failed",
    { ...session, payment_status: "unpaid" },
    { ...facts, kind: "checkout_failed" },
  ],
  [
    "checkout.session.expired",
    { ...session, payment_intent: null, customer: null },
    {
      checkout_session_id: "cs_1",
      invoice_id: invoiceId,
      amount: 500,
      currency: "USD",
      kind: "checkout_expired",
    },
  ],
  [
    "checkout.session.completed",
    { id: "cs_2", payment_status: "paid", client_reference_id: "not ours", amount_total: 1 },
    { checkout_session_id: "cs_2", amount: 1, kind: "checkout_paid" },
  ],
  [
    "charge.refunded",
    { payment_intent: "pi_1", currency: "usd", amount: 500, amount_refunded: 200 },
    { payment_intent_id: "pi_1", currency: "USD", amount_refunded_total: 200, kind: "refunded" },
  ],
  ["charge.dispute.created", dispute, { ...disputed, kind: "dispute_opened" }],
  [
    "charge.dispute.closed",
    { ...dispute, status: "won" },
    { ...disputed, kind: "dispute_closed", dispute_won: true },
  ],
  [
    "charge.dispute.closed",
    { ...dispute, status: "lost" },
    { ...disputed, kind: "dispute_closed", dispute_won: false },
  ],
  [
    "charge.dispute.closed",
    { ...dispute, status: "warning_closed" },
    { ...disputed, kind: "dispute_closed", dispute_won: true },
  ],
  ["refund.created", { ...refund, status: "succeeded" }, { ...refunded, kind: "refunded" }],
  [
    "refund.updated",
    { ...refund, status: "pending", metadata: { order_id: "not ours" } },
    { ...refunded, kind: "refunded" },
  ],
  [
    "refund.created",
    { ...refund, status: "pending", metadata: { order_id: invoiceId } },
    { ...refunded, order_id: invoiceId, kind: "refunded" },
  ],
  ["refund.failed", { ...refund, status: "failed" }, { ...refunded, kind: "refund_failed" }],
  [
    "charge.refund.updated",
    { ...refund, status: "canceled" },
    { ...refunded, kind: "refund_failed" },
  ],
  ["checkout.session.completed", { ...session, mode: "setup" }, { kind: "none" }],
  [
    "payment_intent.succeeded",
    { ...intent, status: "succeeded", amount_received: 500 },
    { ...charged, kind: "checkout_paid" },
  ],
  ["payment_intent.processing", intent, { ...charged, kind: "checkout_processing" }],
  [
    "payment_intent.payment_failed",
    {
      ...intent,
      status: "requires_payment_method",
      last_payment_error: { code: "card_declined", decline_code: "insufficient_funds" },
    },
    { ...charged, kind: "payment_failed", failure: "insufficient_funds" },
  ],
  [
    "payment_intent.payment_failed",
    {
      ...intent,
      status: "requires_payment_method",
      last_payment_error: { code: "authentication_required", decline_code: "x" },
    },
    { ...charged, kind: "payment_failed", failure: "authentication_required" },
  ],
  [
    "payment_intent.canceled",
    { ...intent, status: "canceled" },
    { ...charged, kind: "payment_failed", failure: "canceled" },
  ],
  ["payment_intent.succeeded", { ...intent, metadata: {}, status: "succeeded" }, { kind: "none" }],
  [
    "setup_intent.succeeded",
    {
      customer: "cus_1",
      payment_method: "pm_1",
      metadata: { product: "modera", holder: invoiceId },
    },
    {
      kind: "method_saved",
      product: "modera",
      holder: invoiceId,
      customer_id: "cus_1",
      payment_method_id: "pm_1",
    },
  ],
  ["setup_intent.succeeded", { payment_method: "pm_1", metadata: {} }, { kind: "none" }],
  [
    "payment_method.detached",
    { id: "pm_1", customer: null },
    { kind: "method_removed", payment_method_id: "pm_1" },
  ],
  ["customer.created", { id: "cus_1" }, { kind: "none" }],
  ["an.event.of.the.future", {}, { kind: "none" }],
];

for (const [type, object, effect] of cases) {
  Deno.test(`${type} (${JSON.stringify(object).slice(0, 60)}…) means ${effect.kind}`, () => {
    const event = { id: "evt_1", type, created: 1, data: { object } } as unknown as Stripe.Event;
    assert.deepEqual(paymentEffect(event), effect);
  });
}
