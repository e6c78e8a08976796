import { messageOf } from "../failure.ts";
import { startRounds } from "../rounds.ts";
import type { Sql } from "../postgres/connect.ts";
import type { PostgresServer } from "../postgres/server.ts";
import { type Job, runJob } from "./run.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

/** Runs the due rows of cron.job until stopped. */
export interface CronWorker {
  /** Resolves when the runs in progress have ended. */
  stop(): Promise<void>;
}

interface Planned {
  text: string;
  schedule: Schedule;
  /** Platform time, in milliseconds, at which it is due next. */
  dueAt: number;
  running: boolean;
}

const longestNap = 1000;

/**
 * Runs jobs on the platform's clock: after the clock jumps, a job that became due runs once,
 * however often it would have been due. A job never overlaps itself.
 */
export async function startCronWorker(
  server: PostgresServer,
  superuser: Sql,
  log: (line: string) => void,
): Promise<CronWorker> {
  const plan = new Map<number, Planned>();
  const runs = new Set<Promise<void>>();

  async function tick(): Promise<void> {
    const jobs = await superuser<(Job & { now: Date })[]>`
      select jobid::integer, schedule, command, database, username, platform.now() as now
      from cron.job where active`;
    const ids = new Set(jobs.map(({ jobid }) => jobid));
    for (const id of plan.keys()) if (!ids.has(id)) plan.delete(id);
    for (const job of jobs) consider(job, job.now.getTime());
  }

  function consider(job: Job, now: number): void {
    const known = plan.get(job.jobid);
    if (known?.text !== job.schedule) {
      const schedule = parseSchedule(job.schedule);
      plan.set(job.jobid, {
        text: job.schedule,
        schedule,
        dueAt: schedule.next(now),
        running: false,
      });
      return;
    }
    const upcoming = known.schedule.next(now);
    // A clock that went back must not leave a job waiting for the time it came from.
    if (known.dueAt > upcoming) known.dueAt = upcoming;
    if (known.dueAt > now || known.running) return;
    known.dueAt = upcoming;
    known.running = true;
    const run = runJob(server, superuser, job)
      .catch((reason) => log(`cron job ${job.jobid}: ${messageOf(reason)}`))
      .finally(() => {
        known.running = false;
        runs.delete(run);
      });
    runs.add(run);
  }

  const rounds = startRounds(tick, longestNap, (reason) => log(`cron: ${messageOf(reason)}`));
  await superuser.listen("platform_clock", rounds.wake);
  await superuser.listen("platform_cron", rounds.wake);

  return {
    async stop() {
      await rounds.stop();
      await Promise.all(runs);
    },
  };
}
