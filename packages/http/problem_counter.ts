import type { Session } from "../database/database.ts";
import type { Logger } from "./log.ts";

/** Counts the problems that a function answers. */
export type CountProblem = (problem: { code: string; status: number }) => void;

interface Count {
  function: string;
  code: string;
  status: number;
  count: number;
}

/** The hosted runtime keeps an isolate alive for work that outlives its answer. */
type Runtime = { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } };

/**
 * Tells the database how often each problem was answered: at the first problem, and from then on
 * with the first one after `pauseMs`. What an isolate has not told when it ends is lost: these
 * numbers ring alarms, nobody is charged by them.
 *
 * @param pauseMs between two tellings, in milliseconds.
 */
export function problemCounter(
  db: Session,
  slug: string,
  log: Logger,
  pauseMs = 5000,
  clock: () => number = () => performance.now(),
): CountProblem {
  const counts = new Map<string, Count>();
  let toldAt = -Infinity;

  return ({ code, status }) => {
    const key = `${status} ${code}`;
    const known = counts.get(key) ?? { function: slug, code, status, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
    if (clock() - toldAt < pauseMs) return;
    toldAt = clock();
    const told = [...counts.values()].map((count) => ({ ...count }));
    counts.clear();
    const telling = db.rpc("api", "record_problems", { counts: told })
      .catch((error) => log.warn("problems_not_counted", { error }));
    (globalThis as Runtime).EdgeRuntime?.waitUntil(telling);
  };
}
