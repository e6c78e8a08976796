import type Stripe from "stripe";
import { idOf } from "./stripe_page.ts";

/** A subscription as Stripe has it, in our words; `billing.apply_subscription` takes it in this form. */
export interface SubscriptionFacts {
  provider_subscription_id: string;
  /** Our order that it came from. */
  order_id: string | null;
  product: string | null;
  holder: string | null;
  customer_id: string | null;
  /** Stripe's word. */
  state: string;
  provider_price_id: string | null;
  /** Of the change that is scheduled for the period's end. */
  next_provider_price_id: string | null;
  current_period_start: string | null;
  current_period_end: string | null;
  cancel_at_period_end: boolean;
  started_at: string | null;
  cancelled_at: string | null;
  ended_at: string | null;
}

/** A line of an invoice: what of which price, for which time. */
export interface InvoiceLine {
  provider_price_id: string;
  /** Minor units; negative where unused time is given back. */
  amount: number;
  period_start: string;
  period_end: string;
}

/** An invoice of a subscription as Stripe has it, in our words. */
export interface InvoiceFacts {
  provider_invoice_id: string;
  paid: boolean;
  /** Minor units: what was paid, or (unpaid) is due. */
  amount: number;
  /** ISO code in capitals. */
  currency: string;
  /** Stripe's word for why it was made. */
  reason: string | null;
  lines: InvoiceLine[];
  /** How often it could not be paid; null unless that is the news. */
  failed_attempt: number | null;
  next_attempt_at: string | null;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What is true of a subscription. Ours have one item. Pure.
 *
 * @param subscription with `schedule` expanded.
 */
export function subscriptionFacts(subscription: Stripe.Subscription): SubscriptionFacts {
  const { order_id, product, holder } = subscription.metadata;
  const item = subscription.items.data[0];
  return {
    provider_subscription_id: subscription.id,
    order_id: order_id && uuid.test(order_id) ? order_id : null,
    product: product ?? null,
    holder: holder && uuid.test(holder) ? holder : null,
    customer_id: idOf(subscription.customer),
    state: subscription.status,
    provider_price_id: item?.price.id ?? null,
    next_provider_price_id: scheduledPrice(subscription),
    current_period_start: moment(item?.current_period_start),
    current_period_end: moment(item?.current_period_end),
    cancel_at_period_end: endsWithPeriod(subscription),
    started_at: moment(subscription.start_date),
    cancelled_at: moment(subscription.canceled_at),
    ended_at: moment(subscription.ended_at),
  };
}

/** The portal cancels by a date, our own function by the flag: both are the end of this period. */
function endsWithPeriod({ cancel_at, cancel_at_period_end, items }: Stripe.Subscription): boolean {
  if (cancel_at_period_end) return true;
  const periodEnd = items.data[0]?.current_period_end;
  return cancel_at !== null && periodEnd !== undefined && cancel_at <= periodEnd;
}

/** The price of the phase that follows the current one. */
function scheduledPrice({ schedule, items }: Stripe.Subscription): string | null {
  if (!schedule || typeof schedule === "string" || schedule.status !== "active") return null;
  const periodEnd = items.data[0]?.current_period_end ?? 0;
  const next = schedule.phases.find(({ start_date }) => start_date >= periodEnd);
  return idOf(next?.items[0]?.price);
}

/**
 * What is true of an invoice of a subscription. Pure.
 *
 * @param failed that it could not be paid just now is the news.
 */
export function invoiceFacts(invoice: Stripe.Invoice, failed: boolean): InvoiceFacts {
  const paid = invoice.status === "paid";
  return {
    provider_invoice_id: invoice.id,
    paid,
    amount: paid ? invoice.amount_paid : invoice.amount_due,
    currency: invoice.currency.toUpperCase(),
    reason: invoice.billing_reason,
    lines: invoice.lines.data.flatMap(invoiceLine),
    failed_attempt: failed && !paid ? invoice.attempt_count : null,
    next_attempt_at: moment(invoice.next_payment_attempt),
  };
}

function invoiceLine(line: Stripe.InvoiceLineItem): InvoiceLine[] {
  const price = idOf(line.pricing?.price_details?.price);
  const { start, end } = line.period;
  if (!price) return [];
  return [{
    provider_price_id: price,
    amount: line.amount,
    period_start: new Date(start * 1000).toISOString(),
    period_end: new Date(end * 1000).toISOString(),
  }];
}

/** The payment that refunds and disputes of an invoice will name; null when nothing had to be paid. */
export function paymentIntentOf(invoice: Stripe.Invoice): string | null {
  const paid = invoice.payments?.data.find(({ status }) => status === "paid");
  return idOf(paid?.payment.payment_intent);
}

/** The subscription that an invoice is of. */
export function subscriptionOf(invoice: Stripe.Invoice): string | null {
  return idOf(invoice.parent?.subscription_details?.subscription);
}

function moment(seconds: number | null | undefined): string | null {
  return typeof seconds === "number" ? new Date(seconds * 1000).toISOString() : null;
}
