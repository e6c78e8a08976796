import { localProblem, type Result } from "./result.ts";
import type { sleep } from "./transport.ts";

/** Options of waiting. */
export interface WaitOptions {
  /** Milliseconds between looks; 1000 unless said. */
  everyMs?: number;
  /** Milliseconds after which waiting ends with `wait_timeout`; 2 minutes unless said. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Looks until what was begun has ended, well or not, or patience has. */
export async function untilEnded<T>(
  look: () => Promise<Result<T>>,
  hasEnded: (seen: T) => boolean,
  wait: typeof sleep,
  { everyMs = 1000, timeoutMs = 120_000, signal }: WaitOptions = {},
): Promise<Result<T>> {
  for (let waited = 0;; waited += everyMs) {
    const result = await look();
    if (result.error || hasEnded(result.data)) return result;
    if (waited >= timeoutMs) {
      return { data: null, error: localProblem("wait_timeout", "It has not ended yet.") };
    }
    await wait(everyMs, signal);
    if (signal?.aborted) {
      return { data: null, error: localProblem("aborted", "The call was given up.") };
    }
  }
}
