import type { Events } from "./events.ts";
import { StripeForm } from "./form.ts";
import {
  newId,
  nowSeconds,
  type Payment,
  stripeError,
  stripeList,
  type StripeObject,
} from "./objects.ts";

/** Refunds and disputes, which the emulator does not have. */
export class Returns {
  readonly #disputes = new Map<string, StripeObject>();

  constructor(readonly payments: Map<string, Payment>, readonly events: Events) {}

  /** `POST /v1/refunds`: all that is left, or `amount` of it. */
  refund(body: string): Response {
    const form = new StripeForm(body);
    const payment = this.#payment(form.get("payment_intent") ?? form.get("charge"));
    if (!payment) {
      return stripeError(404, "No such payment_intent", {
        code: "resource_missing",
        param: "payment_intent",
      });
    }
    const amount = form.integer("amount") ?? payment.amount - payment.refunded;
    if (amount < 1 || amount > payment.amount - payment.refunded) {
      return stripeError(400, "Refund amount is greater than unrefunded amount on charge.", {
        code: payment.refunded === payment.amount ? "charge_already_refunded" : "amount_too_large",
        param: "amount",
      });
    }
    const refund: StripeObject = {
      id: newId("re"),
      object: "refund",
      amount,
      currency: payment.currency,
      charge: payment.charge,
      payment_intent: payment.payment_intent,
      created: nowSeconds(),
      reason: form.get("reason"),
      metadata: form.hash("metadata"),
      status: "succeeded",
    };
    payment.refunded += amount;
    payment.refunds.unshift(refund);
    this.events.happened("refund.created", refund);
    this.events.happened("charge.refunded", chargeOf(payment));
    return Response.json(refund);
  }

  /** `GET /v1/refunds`: those of a payment, newest first. */
  refundsOf(paymentIntent: string): Response {
    return stripeList("/v1/refunds", this.#payment(paymentIntent)?.refunds ?? [], false);
  }

  /** Lets a refund fail, as when the buyer's bank does not take it: the money is back. */
  failRefund(id: string): StripeObject | null {
    const payment = [...this.payments.values()].find(({ refunds }) =>
      refunds.some((refund) => refund.id === id)
    );
    const index = payment?.refunds.findIndex((refund) => refund.id === id) ?? -1;
    const refund = payment?.refunds[index];
    if (!payment || !refund || refund["status"] === "failed") return null;
    const failed = { ...refund, status: "failed", failure_reason: "lost_or_stolen_card" };
    payment.refunds[index] = failed;
    payment.refunded -= Number(refund["amount"]);
    this.events.happened("refund.failed", failed);
    return failed;
  }

  /** Opens a dispute about a payment, as a buyer's bank does. */
  dispute(paymentIntent: string): StripeObject | null {
    const payment = this.#payment(paymentIntent);
    if (!payment) return null;
    const dispute: StripeObject = {
      id: newId("dp"),
      object: "dispute",
      amount: payment.amount,
      currency: payment.currency,
      charge: payment.charge,
      payment_intent: payment.payment_intent,
      created: nowSeconds(),
      reason: "fraudulent",
      status: "needs_response",
    };
    this.#disputes.set(dispute.id, dispute);
    this.events.happened("charge.dispute.created", dispute);
    return dispute;
  }

  /** Ends a dispute. */
  closeDispute(id: string, status: "won" | "lost"): StripeObject | null {
    const dispute = this.#disputes.get(id);
    if (!dispute) return null;
    dispute["status"] = status;
    this.events.happened("charge.dispute.closed", dispute);
    return dispute;
  }

  #payment(id: string | null): Payment | undefined {
    return [...this.payments.values()].find(({ payment_intent, charge }) =>
      payment_intent === id || charge === id
    );
  }
}

function chargeOf(payment: Payment): StripeObject {
  return {
    id: payment.charge,
    object: "charge",
    amount: payment.amount,
    amount_refunded: payment.refunded,
    currency: payment.currency,
    customer: payment.customer,
    payment_intent: payment.payment_intent,
    paid: true,
    refunded: payment.refunded === payment.amount,
    refunds: { object: "list", data: payment.refunds, has_more: false },
    status: "succeeded",
  };
}
