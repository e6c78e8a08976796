import type Stripe from "stripe";
import type { Session } from "../database/database.ts";
import { applyRefund } from "./apply_event.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";

/** A refund that was ordered and that its provider has not answered yet. */
export interface RefundOrder {
  /** Our own id; a provider gives money back once for it. */
  refund_id: string;
  payment_intent_id: string;
  /** Minor units. */
  amount: number;
  /** All that was paid, in minor units. */
  paid: number;
  currency: string;
  /** Whether it may have been asked for before. */
  replayed: boolean;
}

/** Gives money back, for one payment provider. */
export interface RefundProvider {
  /**
   * Has the provider give the money back, once for each order, and applies its answer to the books.
   *
   * @throws RefundRefused when the provider would not; Problem `provider_unavailable` 503.
   */
  refund(order: RefundOrder, service: Session): Promise<void>;
}

/** The provider understood and said no. */
export class RefundRefused extends Error {
  override readonly name = "RefundRefused";
  /** @param code the provider's own */
  constructor(readonly code: string, cause?: unknown) {
    super(`The refund was refused: ${code}.`, { cause });
  }
}

/** Refunds through Stripe: its idempotency key is our id, and its refund names it. */
export function stripeRefunds(stripe: Stripe): RefundProvider {
  return {
    async refund(order, service) {
      const made = order.replayed ? await madeBefore(stripe, order) : undefined;
      await applyRefund(service, made ?? await makeRefund(stripe, order));
    },
  };
}

/** Stripe forgets idempotency keys after a day; what it refunded it knows for ever. */
async function madeBefore(stripe: Stripe, order: RefundOrder): Promise<Stripe.Refund | undefined> {
  try {
    const refunds = await stripe.refunds.list({
      payment_intent: order.payment_intent_id,
      limit: 100,
    });
    return refunds.data.find(({ metadata }) => metadata?.["order_id"] === order.refund_id);
  } catch (error) {
    throw stripeProblem(error);
  }
}

async function makeRefund(stripe: Stripe, order: RefundOrder): Promise<Stripe.Refund> {
  try {
    return await stripe.refunds.create({
      payment_intent: order.payment_intent_id,
      amount: order.amount,
      reason: "requested_by_customer",
      metadata: { order_id: order.refund_id },
    }, { idempotencyKey: order.refund_id });
  } catch (error) {
    if (isRefused(error)) throw new RefundRefused(error.code ?? "refused", error);
    throw stripeProblem(error);
  }
}
