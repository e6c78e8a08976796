import { isTerminal, type PredictionOutput } from "./prediction.ts";
import type { PredictionProvider, PredictionRequest } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";

/** How long somebody waits, in milliseconds. */
const patienceMs = 25_000;

/**
 * Has a provider make what takes little time, and waits for it; asked again and again, ever less often. What is not there in time is given
 * up.
 *
 * @throws ProviderError: `provider_unavailable`, transient, when it does not answer or takes too long; with the failure's own code,
 * permanent, when it cannot be made.
 */
export async function predictNow(
  provider: Pick<PredictionProvider, "create" | "get" | "cancel">,
  request: PredictionRequest,
  withinMs = patienceMs,
): Promise<PredictionOutput> {
  const until = performance.now() + withinMs;
  let prediction = await provider.create(request);
  for (let wait = 50; !isTerminal(prediction.state); wait = Math.min(wait * 1.5, 1000)) {
    if (performance.now() + wait > until) {
      await provider.cancel(prediction.id);
      throw new ProviderError("provider_unavailable", "It was not made in time.", {
        transient: true,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    prediction = await provider.get(prediction.id);
  }
  if (prediction.state === "succeeded" && prediction.output) return prediction.output;
  const { code, message } = prediction.failure ?? { code: "prediction_failed", message: "" };
  throw new ProviderError(code, message, { transient: false });
}
