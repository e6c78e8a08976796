import type { JobHandler } from "../jobs/job.ts";
import { predictionHandler } from "./advance.ts";
import { cancelHandler } from "./cancel.ts";
import type { PredictionKind } from "./kind.ts";
import { type Predictions, predictionsFromEnv } from "./predictions.ts";

/**
 * The job of each kind of prediction and the one that cancels any, with the providers that the environment chooses: asked for at
 * the first job, so that other jobs are done while none is configured.
 */
export function predictionJobs(
  kinds: readonly PredictionKind[],
  open: () => Predictions = predictionsFromEnv,
): Record<string, JobHandler> {
  let predictions: Predictions | undefined;
  const handler = (kind: PredictionKind): JobHandler => async (job, context) =>
    await predictionHandler(predictions ??= open(), kind)(job, context);
  return {
    "prediction.cancel": cancelHandler((name) => (predictions ??= open()).providerNamed(name)),
    ...Object.fromEntries(kinds.map((kind) => [kind.kind, handler(kind)])),
  };
}
