import { problem } from "../http/problem.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { ProviderError } from "../predictions/provider_error.ts";

/** An id that no provider gives: to be told that it is unknown is an answer too. */
const nobody = "00000000-0000-0000-0000-000000000000";

/** Makes sure that a provider answers. @throws Problem `provider_unavailable` (503) when it does not. */
export type EnsureReady = () => Promise<void>;

/**
 * Asks the provider for a sign of life before anything is held, and believes it for a while.
 *
 * @param provider gives the provider; throws `ProviderError` while none is configured, which counts
 * as one that is down.
 * @param trustMs how long one answer is good for, in milliseconds.
 */
export function providerReadiness(
  provider: () => Pick<PredictionProvider, "get">,
  trustMs = 10_000,
  clock: () => number = () => performance.now(),
): EnsureReady {
  let answeredAt = -Infinity;
  return async () => {
    if (clock() - answeredAt < trustMs) return;
    try {
      await provider().get(nobody);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.code === "provider_unavailable") {
        throw problem(
          "provider_unavailable",
          "This is not possible now. Nothing was charged.",
          {
            retryAfterSeconds: error.retryAfterSeconds ?? 30,
            cause: error,
          },
        );
      }
    }
    answeredAt = clock();
  };
}
