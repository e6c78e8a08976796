import { Cron } from "croner";

/** When a job of cron.job is due. Times are milliseconds since the epoch. */
export interface Schedule {
  /** The first time after `after` at which the job is due. */
  next(after: number): number;
}

/**
 * Understands what pg_cron does: five fields in UTC, where `$` is the last day of the month and a
 * day matches by month or by week, or an interval from `1 second` to `59 seconds`.
 * @throws Error when `text` is neither.
 */
export function parseSchedule(text: string): Schedule {
  const seconds = text.match(/^\s*([1-5]?\d)\s+seconds?\s*$/i)?.[1];
  if (seconds) {
    const period = Number(seconds) * 1000;
    return { next: (after) => after + period };
  }
  const fields = text.trim().replaceAll("$", "L");
  const cron = new Cron(fields, { paused: true, timezone: "UTC", mode: "5-part" });
  return {
    next: (after) => cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}
