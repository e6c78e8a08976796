import { z } from "zod";
import type { JobHandler } from "../jobs/job.ts";
import { syncCatalogue } from "./catalogue.ts";
import { detachMethod } from "./payment_method.ts";
import { serviceBook } from "./price_book.ts";
import { reconcileHandler } from "./reconcile.ts";
import { stripeFromEnv } from "./stripe_client.ts";
import {
  cancelSubscriptionHandler,
  endSubscriptionHandler,
  readSubscriptionHandler,
} from "./subscription_jobs.ts";
import { topUpHandler } from "./top_up.ts";

const detachPayload = z.object({ payment_method_id: z.string() });

/** The jobs of payments by kind, with Stripe as the environment describes it. */
export function paymentJobs(stripe = stripeFromEnv()): Record<string, JobHandler> {
  return {
    "stripe.reconcile": reconcileHandler(stripe),
    "stripe.catalogue": async (_job, { service }) => {
      const book = serviceBook(service);
      return { done: { ...await syncCatalogue({ book, stripe }, "unlinked") } };
    },
    "billing.top-up": topUpHandler(stripe),
    "stripe.subscription": readSubscriptionHandler(stripe),
    "stripe.cancel-subscription": cancelSubscriptionHandler(stripe),
    "stripe.end-subscription": endSubscriptionHandler(stripe),
    "stripe.detach-method": async ({ payload }) => {
      await detachMethod(stripe, detachPayload.parse(payload).payment_method_id);
      return { done: {} };
    },
  };
}
