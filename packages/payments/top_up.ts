import Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { JobHandler, JobResult } from "../jobs/job.ts";
import { applyTopUp, applyUntriedTopUp } from "./apply_event.ts";
import { isRefused, isTransient } from "./stripe_problem.ts";

const begunShape = z.union([
  z.object({ skipped: z.string() }),
  z.object({
    top_up_id: z.uuid(),
    state: z.enum(["open", "succeeded", "failed"]),
    invoice_id: z.uuid(),
    number: z.string(),
    product: z.string(),
    offer_title: z.string(),
    amount: z.int(),
    currency: z.string(),
    customer_id: z.string().nullable(),
    payment_method_id: z.string().nullable(),
  }),
]);

type TopUp = Exclude<z.infer<typeof begunShape>, { skipped: string }>;

/**
 * `billing.top-up`, payload `{fact_id}` of `credits.low` or `{product, holder, trigger}`: charges
 * the saved payment method of who agreed to it. SQL decides whether there is to be an attempt and
 * writes it before Stripe is asked; the attempt's id is Stripe's idempotency key, so a job that is
 * done again after a crash is the same charge, and Stripe's events say the same as its answer.
 */
export function topUpHandler(stripe: Stripe): JobHandler {
  return async (job, { service, log }): Promise<JobResult> => {
    const topUp = readAnswer(
      begunShape,
      await service.rpc("api", "begin_top_up", { request: job.payload }),
    );
    if ("skipped" in topUp) return { done: { skipped: topUp.skipped } };
    if (topUp.state !== "open") return { done: { state: topUp.state } };
    const intent = await charge(stripe, topUp);
    const verdict = typeof intent === "string"
      ? await applyUntriedTopUp(service, topUp, intent)
      : await applyTopUp(service, intent);
    const { top_up_id } = topUp;
    log.info("top_up_charged", { top_up_id, outcome: verdict.outcome, state: verdict.state });
    return { done: { top_up_id, state: verdict.state ?? null } };
  };
}

/** The payment intent, charged or declined; a code when Stripe would not try at all. */
async function charge(stripe: Stripe, topUp: TopUp): Promise<Stripe.PaymentIntent | string> {
  if (!topUp.customer_id || !topUp.payment_method_id) return "payment_method_removed";
  try {
    return await stripe.paymentIntents.create({
      amount: topUp.amount,
      currency: topUp.currency.toLowerCase(),
      customer: topUp.customer_id,
      payment_method: topUp.payment_method_id,
      off_session: true,
      confirm: true,
      description: `${topUp.offer_title} (${topUp.number})`,
      metadata: {
        top_up_id: topUp.top_up_id,
        invoice_id: topUp.invoice_id,
        product: topUp.product,
      },
    }, { idempotencyKey: topUp.top_up_id });
  } catch (error) {
    if (isTransient(error)) throw error;
    if (error instanceof Stripe.errors.StripeCardError && error.payment_intent) {
      return error.payment_intent;
    }
    if (error instanceof Stripe.errors.StripeCardError || isRefused(error)) {
      return error.code ?? "refused";
    }
    throw error;
  }
}
