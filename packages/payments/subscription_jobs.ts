import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { JobHandler } from "../jobs/job.ts";
import { applySubscription } from "./apply_event.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";

const subject = z.object({ provider_subscription_id: z.string() });

/** Paid invoices that are looked at; more than a year's of a monthly plan. */
const maxInvoices = 24;

/**
 * `stripe.subscription`, payload `{provider_subscription_id}`: applies what is true of a
 * subscription, and books invoices that were paid and never told.
 */
export function readSubscriptionHandler(stripe: Stripe): JobHandler {
  return async ({ payload }, { service }) => {
    const { provider_subscription_id: subscriptionId } = subject.parse(payload);
    const read = (invoiceId: string | null) =>
      applySubscription(stripe, service, { subscriptionId, invoiceId, failed: false });
    const { outcome } = await read(null);
    if (outcome === "ignored") return { done: { outcome } };
    const { data } = await stripe.invoices.list({
      subscription: subscriptionId,
      status: "paid",
      limit: maxInvoices,
    });
    let booked = 0;
    for (const { id } of data.toReversed()) {
      if ((await read(id)).outcome === "applied") booked++;
    }
    return { done: { outcome, booked } };
  };
}

/** `stripe.cancel-subscription`, payload `{provider_subscription_id}`: ends it at once. */
export function cancelSubscriptionHandler(stripe: Stripe): JobHandler {
  return async ({ payload }, { service }) => {
    const { provider_subscription_id: subscriptionId } = subject.parse(payload);
    try {
      await stripe.subscriptions.cancel(subscriptionId);
    } catch (error) {
      // Stripe knows it no more, or as ended.
      if (!isRefused(error)) throw stripeProblem(error);
    }
    const news = { subscriptionId, invoiceId: null, failed: false };
    const { outcome } = await applySubscription(stripe, service, news);
    return { done: { outcome } };
  };
}

/**
 * `stripe.end-subscription`, payload `{fact_id}` of `account.erasure_requested` or `account.closed`:
 * whoever leaves is not charged for another period. Their erasure ends what is left of it.
 */
export function endSubscriptionHandler(stripe: Stripe): JobHandler {
  return async ({ payload }, { service }) => {
    const { fact_id } = z.object({ fact_id: z.int() }).parse(payload);
    const answer = await service.rpc("api", "subscriptions_of_leaver", { fact_id });
    const ids = readAnswer(z.array(z.string()), answer);
    for (const subscriptionId of ids) {
      await endWithPeriod(stripe, subscriptionId);
      await applySubscription(stripe, service, { subscriptionId, invoiceId: null, failed: false });
    }
    return { done: { ended: ids.length } };
  };
}

/**
 * Has a subscription end with its period. A change that was scheduled is withdrawn: Stripe refuses
 * the flag while a schedule has the subscription.
 *
 * @param idempotencyKey of the request; without one it may simply be repeated.
 */
export async function endWithPeriod(
  stripe: Stripe,
  subscriptionId: string,
  idempotencyKey?: string,
): Promise<void> {
  await releaseSchedule(stripe, subscriptionId);
  await stripe.subscriptions.update(
    subscriptionId,
    { cancel_at_period_end: true },
    idempotencyKey ? { idempotencyKey } : {},
  );
}

/** Withdraws a scheduled change; without one nothing happens. */
export async function releaseSchedule(stripe: Stripe, subscriptionId: string): Promise<void> {
  const { schedule } = await stripe.subscriptions.retrieve(subscriptionId);
  if (!schedule) return;
  const id = typeof schedule === "string" ? schedule : schedule.id;
  try {
    await stripe.subscriptionSchedules.release(id);
  } catch (error) {
    // It was released, or came to its end, meanwhile.
    if (!isRefused(error)) throw error;
  }
}
