import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { problem } from "./problem.ts";
import type { RateLimit } from "./route.ts";

const taken = z.object({ allowed: z.boolean(), remaining: z.number(), retry_after: z.number() });

/** Takes one call out of a bucket, or throws `rate_limited` 429. */
export type TakeCall = (bucket: string, limit: RateLimit) => Promise<void>;

interface Share {
  calls: number;
  /** Milliseconds since the epoch; what is left then is forgotten. */
  until: number;
}

/**
 * Counts calls in the database, so that all isolates together keep a limit: eight of them within 2 %. An isolate
 * draws a five-hundredth of a bucket at a time and spends it without asking again: a busy key does not pay a
 * database call for each of its own.
 */
export function rateLimiter(db: Session): TakeCall {
  const shares = new Map<string, Share>();
  const draws = new Map<string, Promise<void>>();

  return async (bucket, limit) => {
    for (;;) {
      const share = shares.get(bucket);
      if (share && share.calls > 0 && share.until > Date.now()) {
        share.calls--;
        return;
      }
      let draw = draws.get(bucket);
      if (!draw) {
        draw = drawShare(db, bucket, limit)
          .then((drawn) => keep(shares, bucket, drawn))
          .finally(() => draws.delete(bucket));
        draws.set(bucket, draw);
      }
      await draw;
    }
  };
}

async function drawShare(db: Session, bucket: string, limit: RateLimit): Promise<Share> {
  const calls = Math.max(1, Math.floor(limit.calls / 500));
  const args = { bucket, capacity: limit.calls, per_seconds: limit.seconds, cost: calls };
  const answer = readAnswer(taken, await db.rpc("api", "take_limit", args));
  if (!answer.allowed) {
    throw problem("rate_limited", `At most ${limit.calls} calls in ${limit.seconds} s.`, {
      retryAfterSeconds: answer.retry_after,
    });
  }
  return { calls, until: Date.now() + limit.seconds * 1000 };
}

function keep(shares: Map<string, Share>, bucket: string, share: Share): void {
  // Buckets of users who left; a bound is enough, shares are cheap to draw anew.
  if (shares.size > 10_000) shares.clear();
  shares.set(bucket, share);
}
