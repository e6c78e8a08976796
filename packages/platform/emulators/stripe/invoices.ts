import type { Events } from "./events.ts";
import { newId, nowSeconds, type Payment, stripeList, type StripeObject } from "./objects.ts";

/** A price by the month. */
export interface MonthlyPrice {
  id: string;
  /** Minor units. */
  unit_amount: number;
  currency: string;
}

/** What is asked for on an invoice: so much of a price, for a time in seconds since the epoch. */
export interface Line {
  price: MonthlyPrice;
  amount: number;
  start: number;
  end: number;
  proration: boolean;
}

/** Invoices of subscriptions, and what is paid for them. */
export class Invoices {
  readonly #all = new Map<string, StripeObject>();

  constructor(readonly payments: Map<string, Payment>, readonly events: Events) {}

  get(id: string): StripeObject | undefined {
    return this.#all.get(id);
  }

  /** Those of a subscription, the newest first. */
  of(subscription: string, status: string | null): Response {
    const found = [...this.#all.values()].filter((invoice) =>
      subscriptionOf(invoice) === subscription && (status === null || invoice["status"] === status)
    );
    return stripeList("/v1/invoices", found.toReversed());
  }

  /** Makes an invoice that is open. */
  make(subscription: StripeObject, reason: string, lines: Line[]): StripeObject {
    const currency = lines[0]!.price.currency;
    const due = Math.max(0, lines.reduce((sum, { amount }) => sum + amount, 0));
    const invoice: StripeObject = {
      id: newId("in"),
      object: "invoice",
      customer: subscription["customer"],
      currency,
      status: "open",
      billing_reason: reason,
      amount_due: due,
      amount_paid: 0,
      attempt_count: 0,
      next_payment_attempt: null,
      created: nowSeconds(),
      lines: {
        object: "list",
        data: lines.map((line) => lineOf(subscription, line)),
        has_more: false,
      },
      parent: {
        type: "subscription_details",
        subscription_details: {
          subscription: subscription.id,
          metadata: subscription["metadata"],
        },
      },
      payments: { object: "list", data: [], has_more: false },
    };
    this.#all.set(invoice.id, invoice);
    return invoice;
  }

  /** Pays an invoice that is open. */
  pay(invoice: StripeObject): void {
    const amount = Number(invoice["amount_due"]);
    Object.assign(invoice, { status: "paid", amount_paid: amount, next_payment_attempt: null });
    if (amount > 0) {
      const payment_intent = newId("pi");
      this.payments.set(payment_intent, {
        charge: newId("ch"),
        payment_intent,
        amount,
        currency: String(invoice["currency"]),
        customer: String(invoice["customer"]),
        refunded: 0,
        refunds: [],
      });
      invoice["payments"] = {
        object: "list",
        has_more: false,
        data: [{
          id: newId("inpay"),
          object: "invoice_payment",
          status: "paid",
          amount_paid: amount,
          payment: { type: "payment_intent", payment_intent },
        }],
      };
    }
    this.events.happened("invoice.paid", invoice);
  }

  /** The card did not pay; it is tried again in three days. */
  fail(invoice: StripeObject): void {
    Object.assign(invoice, {
      attempt_count: Number(invoice["attempt_count"]) + 1,
      next_payment_attempt: nowSeconds() + 3 * 86_400,
    });
    this.events.happened("invoice.payment_failed", invoice);
  }

  /** The newest invoice of a subscription that waits for payment. */
  openOf(subscription: string): StripeObject | undefined {
    return [...this.#all.values()].findLast((invoice) =>
      subscriptionOf(invoice) === subscription && invoice["status"] === "open"
    );
  }
}

function subscriptionOf(invoice: StripeObject): unknown {
  const { subscription_details } = invoice["parent"] as {
    subscription_details: { subscription: string };
  };
  return subscription_details.subscription;
}

function lineOf(subscription: StripeObject, line: Line): StripeObject {
  const { price, amount, start, end, proration } = line;
  return {
    id: newId("il"),
    object: "line_item",
    amount,
    currency: price.currency,
    quantity: 1,
    period: { start, end },
    pricing: { type: "price_details", price_details: { price: price.id, product: "prod" } },
    parent: {
      type: "subscription_item_details",
      subscription_item_details: { subscription: subscription.id, proration },
    },
  };
}
