import type Stripe from "stripe";
import { z } from "zod";
import type { Job, JobContext, JobHandler } from "../jobs/job.ts";
import { applyEvent } from "./apply_event.ts";

/** Kinds of events that can change something of ours. */
const wantedTypes = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "payment_intent.succeeded",
  "payment_intent.processing",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "setup_intent.succeeded",
  "payment_method.detached",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "invoice.paid",
  "invoice.payment_failed",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.closed",
];

/** Stripe gives up delivering an event after three days; an hour more covers slow clocks. */
const defaultHours = 73;

const payloadShape = z.object({ since: z.iso.datetime({ offset: true }).optional() });
const cursorShape = z.object({ starting_after: z.string() }).nullish().catch(null);

/**
 * The job `stripe.reconcile`, payload `{since?}`: asks Stripe for its events since then and applies
 * those that never arrived; the inbox knows the others. The cursor is kept after each page, so that
 * a run that was cut short goes on where it stopped. In the end subscriptions of which news is
 * missing are read again, each by a job of its own.
 */
export function reconcileHandler(stripe: Stripe): JobHandler {
  return async (job, context) => {
    let startingAfter = cursorShape.parse(job.progress)?.starting_after;
    const report = { seen: 0, missed: 0 };
    for (;;) {
      const page = await stripe.events.list({
        limit: 100,
        types: wantedTypes,
        created: { gte: sinceOf(job) },
        ...(startingAfter ? { starting_after: startingAfter } : {}),
      });
      report.missed += await applyPage(stripe, page.data, context);
      report.seen += page.data.length;
      startingAfter = page.data.at(-1)?.id;
      if (!page.has_more || !startingAfter) {
        await context.service.rpc("api", "queue_stale_subscriptions", {});
        return { done: report };
      }
      await context.report({ starting_after: startingAfter });
      if (context.signal.aborted) return { retry: "Out of time; the cursor is kept." };
    }
  };
}

async function applyPage(
  stripe: Stripe,
  events: Stripe.Event[],
  context: JobContext,
): Promise<number> {
  let missed = 0;
  // Stripe lists the newest first; what happened first is applied first.
  for (const event of events.toReversed()) {
    const { outcome } = await applyEvent(stripe, context.service, event);
    if (outcome !== "duplicate") {
      missed++;
      context.log.warn("stripe_event_was_missed", {
        event_id: event.id,
        type: event.type,
        outcome,
      });
    }
  }
  return missed;
}

function sinceOf(job: Job): number {
  const { since } = payloadShape.parse(job.payload);
  const moment = since ? Date.parse(since) : Date.now() - defaultHours * 3600_000;
  return Math.floor(moment / 1000);
}
