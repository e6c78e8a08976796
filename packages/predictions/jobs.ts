import type { JobHandler } from "../jobs/job.ts";
import { predictionHandler } from "./advance.ts";
import type { PredictionKind } from "./kind.ts";
import { predictionsFromEnv } from "./predictions.ts";

/** The job of each kind of prediction, with the provider that the environment chooses. */
export function predictionJobs(
  kinds: readonly PredictionKind[],
  predictions = predictionsFromEnv(),
): Record<string, JobHandler> {
  return Object.fromEntries(kinds.map((kind) => [kind.kind, predictionHandler(predictions, kind)]));
}
