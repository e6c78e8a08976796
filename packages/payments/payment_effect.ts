import type Stripe from "stripe";
import { idOf } from "./stripe_page.ts";

/** What a payment event means to us; `billing.apply_payment_event` takes it in this form. */
export interface PaymentEffect {
  kind:
    | "checkout_paid"
    | "checkout_processing"
    | "checkout_failed"
    | "checkout_expired"
    | "payment_failed"
    | "method_saved"
    | "method_removed"
    | "refunded"
    | "refund_failed"
    | "dispute_opened"
    | "dispute_closed"
    | "none";
  checkout_session_id?: string;
  payment_intent_id?: string;
  /** The invoice that we named in the session. */
  invoice_id?: string;
  /** Minor units. */
  amount?: number;
  /** ISO code in capitals. */
  currency?: string;
  customer_id?: string;
  /** Why a payment failed: the provider's code. */
  failure?: string;
  /** Whose payment method it is. */
  product?: string;
  holder?: string;
  payment_method_id?: string;
  refund_id?: string;
  /** Our own id of the refund, when it was asked for here. */
  order_id?: string;
  /** All that was refunded of the payment so far, in minor units. */
  amount_refunded_total?: number;
  dispute_id?: string;
  dispute_won?: boolean;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The meaning of a Stripe event. Pure: the amounts are the event's, and it is SQL that holds them
 * against the invoice. Events that change nothing of ours have the kind `none`.
 *
 * `charge.refunded` tells the running total of a payment's refunds, `refund.*` each by itself, and
 * that one failed; SQL makes one sum of both.
 */
export function paymentEffect(event: Stripe.Event): PaymentEffect {
  switch (event.type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      return sessionEffect(event.data.object);
    case "checkout.session.async_payment_failed":
      return { ...sessionFacts(event.data.object), kind: "checkout_failed" };
    case "checkout.session.expired":
      return { ...sessionFacts(event.data.object), kind: "checkout_expired" };
    case "charge.refunded":
      return chargeEffect(event.data.object);
    case "refund.created":
    case "refund.updated":
    case "refund.failed":
    case "charge.refund.updated":
      return refundEffect(event.data.object);
    case "charge.dispute.created":
      return { ...disputeFacts(event.data.object), kind: "dispute_opened" };
    case "charge.dispute.closed":
      return closedDispute(event.data.object);
    case "payment_intent.succeeded":
    case "payment_intent.processing":
    case "payment_intent.payment_failed":
    case "payment_intent.canceled":
      return topUpEffect(event.data.object);
    case "setup_intent.succeeded":
      return savedMethod(event.data.object);
    case "payment_method.detached":
      return { kind: "method_removed", payment_method_id: event.data.object.id };
    default:
      return { kind: "none" };
  }
}

/** What a finished session means: paid, or paid by a method that takes days. */
export function sessionEffect(session: Stripe.Checkout.Session): PaymentEffect {
  if (session.mode === "setup" || session.mode === "subscription") return { kind: "none" };
  const kind = session.payment_status === "unpaid" ? "checkout_processing" : "checkout_paid";
  return { ...sessionFacts(session), kind };
}

function sessionFacts(session: Stripe.Checkout.Session): Omit<PaymentEffect, "kind"> {
  const ourId = session.client_reference_id ?? session.metadata?.["invoice_id"];
  return present({
    checkout_session_id: session.id,
    payment_intent_id: idOf(session.payment_intent),
    invoice_id: ourId && uuid.test(ourId) ? ourId : null,
    amount: session.amount_total,
    currency: session.currency?.toUpperCase(),
    customer_id: idOf(session.customer),
  });
}

/**
 * What a payment intent of a top-up means. Those of checkouts are told by their sessions: a buyer
 * whose card was declined may try another.
 */
export function topUpEffect(intent: Stripe.PaymentIntent): PaymentEffect {
  if (!intent.metadata?.["top_up_id"]) return { kind: "none" };
  const ourId = intent.metadata["invoice_id"];
  const facts = present({
    payment_intent_id: intent.id,
    invoice_id: ourId && uuid.test(ourId) ? ourId : null,
    amount: intent.status === "succeeded" ? intent.amount_received : intent.amount,
    currency: intent.currency.toUpperCase(),
    customer_id: idOf(intent.customer),
  });
  if (intent.status === "succeeded") return { ...facts, kind: "checkout_paid" };
  if (intent.status === "processing") return { ...facts, kind: "checkout_processing" };
  const { code, decline_code } = intent.last_payment_error ?? {};
  const failure = code === "card_declined" ? decline_code ?? code : code ?? intent.status;
  return { ...facts, kind: "payment_failed", failure };
}

function savedMethod(setup: Stripe.SetupIntent): PaymentEffect {
  const { product, holder } = setup.metadata ?? {};
  const facts = present({
    product,
    holder: holder && uuid.test(holder) ? holder : null,
    customer_id: idOf(setup.customer),
    payment_method_id: idOf(setup.payment_method),
  });
  const whole = facts.product && facts.holder && facts.customer_id && facts.payment_method_id;
  return whole ? { ...facts, kind: "method_saved" } : { kind: "none" };
}

/** What a refund means: money on its way back, or (failed, canceled) with us again. */
export function refundEffect(refund: Stripe.Refund): PaymentEffect {
  const orderId = refund.metadata?.["order_id"];
  const failed = refund.status === "failed" || refund.status === "canceled";
  return {
    ...present({
      payment_intent_id: idOf(refund.payment_intent),
      refund_id: refund.id,
      order_id: orderId && uuid.test(orderId) ? orderId : null,
      amount: refund.amount,
      currency: refund.currency.toUpperCase(),
    }),
    kind: failed ? "refund_failed" : "refunded",
  };
}

function chargeEffect(charge: Stripe.Charge): PaymentEffect {
  return {
    ...present({
      payment_intent_id: idOf(charge.payment_intent),
      currency: charge.currency.toUpperCase(),
      amount_refunded_total: charge.amount_refunded,
      refund_id: charge.refunds?.data[0]?.id,
    }),
    kind: "refunded",
  };
}

function disputeFacts(dispute: Stripe.Dispute): Omit<PaymentEffect, "kind"> {
  return present({
    payment_intent_id: idOf(dispute.payment_intent),
    dispute_id: dispute.id,
    amount: dispute.amount,
    currency: dispute.currency.toUpperCase(),
  });
}

/** An inquiry that was closed took no money, so it ends like a dispute that was won. */
function closedDispute(dispute: Stripe.Dispute): PaymentEffect {
  const won = dispute.status === "won" || dispute.status === "warning_closed" ||
    dispute.status === "prevented";
  return { ...disputeFacts(dispute), kind: "dispute_closed", dispute_won: won };
}

function present<T extends Record<string, unknown>>(
  facts: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}
