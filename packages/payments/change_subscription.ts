import Stripe from "stripe";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { type Problem, problem } from "../http/problem.ts";
import { applySubscription } from "./apply_event.ts";
import { idOf } from "./stripe_page.ts";
import { stripeProblem } from "./stripe_problem.ts";
import { priceAtStripe, type SubscriptionOrder } from "./subscription.ts";
import { endWithPeriod, releaseSchedule } from "./subscription_jobs.ts";

/** Who does an order. */
export interface ChangeDeps {
  stripe: Stripe;
  /** The database as the service. */
  service: Session;
}

/**
 * Does what an order asks of a subscription at Stripe, and applies what is true there then; Stripe's
 * events say the same again. Repeating an order asks for what is so already.
 *
 * @throws Problem `payment_declined` 402 (nothing changed), `provider_unavailable` 503.
 */
export async function carryOut(deps: ChangeDeps, order: SubscriptionOrder): Promise<void> {
  const { stripe, service } = deps;
  const { order_id, provider_subscription_id: subscriptionId } = order;
  if (order.state === "refused") throw declinedProblem(order.refusal ?? "refused");
  if (order.state !== "open") return;
  if (!subscriptionId) throw internalProblem(`Order ${order_id} is about no subscription.`);
  let invoiceId: string | null = null;
  try {
    invoiceId = await askStripe(stripe, order, subscriptionId);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeCardError)) throw stripeProblem(error);
    const refusal = error.decline_code ?? error.code ?? "declined";
    await service.rpc("api", "conclude_subscription_order", { order_id, refusal });
    throw declinedProblem(refusal, error);
  }
  await applySubscription(stripe, service, { subscriptionId, invoiceId: null, failed: false });
  if (invoiceId) {
    await applySubscription(stripe, service, { subscriptionId, invoiceId, failed: false });
  }
  await service.rpc("api", "conclude_subscription_order", { order_id, refusal: null });
}

/** @returns the invoice that was made for it, if one was. */
async function askStripe(
  stripe: Stripe,
  order: SubscriptionOrder,
  id: string,
): Promise<string | null> {
  switch (order.request) {
    case "upgrade":
      return await upgrade(stripe, order, id);
    case "downgrade":
      await scheduleDowngrade(stripe, order, id);
      return null;
    case "keep":
      await releaseSchedule(stripe, id);
      return null;
    case "cancel":
      await endWithPeriod(stripe, id, order.order_id);
      return null;
    case "resume":
      await stripe.subscriptions.update(id, { cancel_at_period_end: false }, {
        idempotencyKey: order.order_id,
      });
      return null;
    case "subscribe":
      throw internalProblem("A subscription is begun on a page.");
  }
}

/** Now, for the difference of what is left of the period; a card that does not pay changes nothing. */
async function upgrade(
  stripe: Stripe,
  order: SubscriptionOrder,
  id: string,
): Promise<string | null> {
  const price = priceAtStripe(order);
  const { items, latest_invoice } = await stripe.subscriptions.retrieve(id);
  const item = items.data[0];
  if (!item) throw internalProblem(`Subscription ${id} has no item.`);
  if (item.price.id === price) return idOf(latest_invoice);
  const changed = await stripe.subscriptions.update(id, {
    items: [{ id: item.id, price }],
    proration_behavior: "always_invoice",
    payment_behavior: "error_if_incomplete",
  }, { idempotencyKey: order.order_id });
  return idOf(changed.latest_invoice);
}

/** From the next period on, without a proration. A change that was scheduled before is replaced. */
async function scheduleDowngrade(
  stripe: Stripe,
  order: SubscriptionOrder,
  id: string,
): Promise<void> {
  const price = priceAtStripe(order);
  const { items, schedule } = await stripe.subscriptions.retrieve(id);
  const item = items.data[0];
  if (!item) throw internalProblem(`Subscription ${id} has no item.`);
  const scheduleId = idOf(schedule) ??
    (await stripe.subscriptionSchedules.create({ from_subscription: id })).id;
  const { current_phase } = await stripe.subscriptionSchedules.retrieve(scheduleId);
  await stripe.subscriptionSchedules.update(scheduleId, {
    end_behavior: "release",
    phases: [
      {
        items: [{ price: item.price.id, quantity: 1 }],
        start_date: current_phase?.start_date ?? item.current_period_start,
        end_date: item.current_period_end,
      },
      {
        items: [{ price, quantity: 1 }],
        duration: { interval: "month", interval_count: 1 },
        proration_behavior: "none",
      },
    ],
  });
}

function declinedProblem(refusal: string, cause?: unknown): Problem {
  return problem("payment_declined", "The card did not pay. The plan stays as it was.", {
    extra: { refusal },
    ...(cause === undefined ? {} : { cause }),
  });
}
