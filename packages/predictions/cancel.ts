import { z } from "zod";
import type { JobHandler } from "../jobs/job.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";

const payload = z.object({ provider: z.string(), provider_prediction_id: z.string() });

/**
 * The job `prediction.cancel`: tells the provider to give a prediction up. SQL queues it when a
 * prediction that the provider has is cancelled, or turns out to have been while it was taken.
 *
 * @param named gives the provider of a name, undefined for an unknown one; throws `ProviderError` while it is not configured.
 */
export function cancelHandler(
  named: (name: string) => Pick<PredictionProvider, "cancel"> | undefined,
): JobHandler {
  return async (job) => {
    const prediction = payload.parse(job.payload);
    try {
      const canceller = named(prediction.provider);
      if (!canceller) return { done: { outcome: "unknown_provider" } };
      await canceller.cancel(prediction.provider_prediction_id);
      return { done: { outcome: "canceled" } };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return { retry: error.message };
    }
  };
}
