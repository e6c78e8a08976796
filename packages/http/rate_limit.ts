import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { problem } from "./problem.ts";
import type { RateLimit } from "./route.ts";

const taken = z.object({ allowed: z.boolean(), remaining: z.number(), retry_after: z.number() });

/** Takes one call out of a bucket, or throws `rate_limited` 429. */
export type TakeCall = (bucket: string, limit: RateLimit) => Promise<void>;

/**
 * Counts calls in the database, so that all isolates together keep a limit. An isolate takes a
 * hundredth of a bucket at a time and spends it without asking again: a busy key does not pay a
 * database call for each of its own.
 */
export function rateLimiter(db: Session): TakeCall {
  const drawn = new Map<string, { calls: number; until: number }>();
  return async (bucket, limit) => {
    const share = drawn.get(bucket);
    if (share && share.calls > 0 && share.until > Date.now()) {
      share.calls--;
      return;
    }
    const cost = Math.max(1, Math.floor(limit.calls / 100));
    const answer = readAnswer(
      taken,
      await db.rpc("api", "take_limit", {
        bucket,
        capacity: limit.calls,
        per_seconds: limit.seconds,
        cost,
      }),
    );
    if (!answer.allowed) {
      throw problem("rate_limited", `At most ${limit.calls} calls in ${limit.seconds} s.`, {
        retryAfterSeconds: answer.retry_after,
      });
    }
    if (drawn.size > 10_000) drawn.clear();
    drawn.set(bucket, { calls: cost - 1, until: Date.now() + limit.seconds * 1000 });
  };
}
