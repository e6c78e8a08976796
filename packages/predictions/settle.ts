import type { PredictionDeps, PredictionKind } from "./kind.ts";
import type { Prediction } from "./prediction.ts";
import { ProviderError } from "./provider_error.ts";

/**
 * Brings a finished prediction home: the result is stored and charged, or the failure recorded and
 * the hold released. A result that cannot be used is a failure. What it cost us is kept either way,
 * also when it comes too late to be charged for. Safe to repeat.
 *
 * @throws ProviderError (transient) or Problem when it may be tried again.
 */
export async function settle(
  kind: PredictionKind,
  deps: PredictionDeps,
  predictionId: string,
  prediction: Prediction,
): Promise<void> {
  if (prediction.costMicros !== undefined) {
    const cost = { prediction_id: predictionId, cost_micros: prediction.costMicros };
    await deps.db.rpc("api", "record_prediction_cost", cost);
  }
  if (prediction.state !== "succeeded") {
    const { code, message } = prediction.failure ?? noReason;
    return await kind.failed(deps, predictionId, code, message);
  }
  try {
    if (!prediction.output) throw outputInvalid("The engine gave no output.");
    await kind.succeeded(deps, predictionId, prediction.output);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.transient) throw error;
    await kind.failed(deps, predictionId, error.code, "The engine's result could not be used.");
  }
}

const noReason = { code: "prediction_failed", message: "The engine could not do it." };

/** The fault of an engine whose output is not what it was asked for; no further attempt can mend it. */
export function outputInvalid(message: string, cause?: unknown): ProviderError {
  return new ProviderError("output_invalid", message, { transient: false, cause });
}
