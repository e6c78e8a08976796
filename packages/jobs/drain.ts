import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { Problem } from "../http/problem.ts";
import type { Logger } from "../http/log.ts";
import { spanOf, type Trace, traceFields, traceparentOf } from "../http/trace.ts";
import { type Job, type JobHandler, type JobResult, PermanentFailure } from "./job.ts";

/** How a worker works. */
export interface DrainOptions {
  service: Session;
  /** Handlers by kind of job; only these kinds are claimed. */
  handlers: Readonly<Record<string, JobHandler>>;
  log: Logger;
  /** Milliseconds after which nothing more is begun. */
  budgetMs: number;
  /** Jobs under way at the same time. */
  concurrency?: number;
}

/** What a run did. */
export interface DrainReport {
  completed: number;
  retried: number;
  dead: number;
  handed_back: number;
}

const jobs = z.array(z.object({
  job_id: z.uuid(),
  kind: z.string(),
  payload: z.json(),
  attempt: z.int(),
  max_attempts: z.int(),
  progress: z.json().default(null),
  traceparent: z.string().nullable().default(null),
}));

/**
 * Claims due jobs and does them until none is due or the time is over. A job that was claimed and
 * not begun by then is handed back; one that is under way may use the grace of its lease.
 */
export async function drainJobs(options: DrainOptions): Promise<DrainReport> {
  const { service, handlers, budgetMs, concurrency = 4 } = options;
  const worker = `worker-${crypto.randomUUID()}`;
  const end = performance.now() + budgetMs;
  const kinds = Object.keys(handlers);
  const run = new Run(options, worker, AbortSignal.timeout(budgetMs));
  while (performance.now() < end) {
    const lease_seconds = Math.ceil(budgetMs / 1000) + 30;
    const args = { kinds, worker, max: concurrency * 2, lease_seconds };
    const claimed: Job[] = readAnswer(jobs, await service.rpc("api", "claim_jobs", args));
    if (claimed.length === 0) break;
    const queue = claimed[Symbol.iterator]();
    await Promise.all(Array.from({ length: concurrency }, async () => {
      for (const job of queue) {
        if (performance.now() < end) await run.attempt(job);
        else await run.handBack(job);
      }
    }));
  }
  return run.report;
}

/** One worker's run: what it does with each job that it has leased. */
class Run {
  readonly report: DrainReport = { completed: 0, retried: 0, dead: 0, handed_back: 0 };
  readonly #options: DrainOptions;
  readonly #worker: string;
  readonly #signal: AbortSignal;

  constructor(options: DrainOptions, worker: string, signal: AbortSignal) {
    this.#options = options;
    this.#worker = worker;
    this.#signal = signal;
  }

  async attempt(job: Job): Promise<void> {
    const trace = spanOf(job.traceparent);
    const log = this.#options.log.with({
      ...traceFields(trace),
      job_id: job.job_id,
      kind: job.kind,
      attempt: job.attempt,
    });
    const outcome = await this.#outcome(job, trace, log);
    await this.#conclude(job, outcome, log);
  }

  async handBack(job: Job): Promise<void> {
    const { service } = this.#options;
    await service.rpc("api", "hand_back_job", { job_id: job.job_id, worker: this.#worker });
    this.report.handed_back++;
  }

  async #outcome(job: Job, trace: Trace, log: Logger): Promise<JobResult | { fail: string }> {
    const { handlers } = this.#options;
    const mark = { requestId: job.job_id, traceparent: traceparentOf(trace) };
    const service = this.#options.service.marked(mark);
    const handler = handlers[job.kind];
    if (!handler) return { fail: `Nothing here does ${job.kind}.` };
    const report = async (progress: Json) => {
      const args = { job_id: job.job_id, worker: this.#worker, progress };
      await service.rpc("api", "report_job", args);
    };
    try {
      return await handler(job, { service, trace, log, signal: this.#signal, report });
    } catch (error) {
      log.warn("job_failed", { error });
      const reason = error instanceof Error ? error.message : String(error);
      return isPermanent(error) ? { fail: reason } : { retry: reason };
    }
  }

  async #conclude(job: Job, outcome: JobResult | { fail: string }, log: Logger): Promise<void> {
    const { service } = this.#options;
    const lease = { job_id: job.job_id, worker: this.#worker };
    try {
      if ("done" in outcome) {
        await service.rpc("api", "complete_job", { ...lease, result: outcome.done });
        this.report.completed++;
        return;
      }
      const retryable = "retry" in outcome;
      const error = retryable ? outcome.retry : outcome.fail;
      const answer = await service.rpc("api", "fail_job", { ...lease, error, retryable });
      const { state } = readAnswer(z.object({ state: z.string() }), answer);
      this.report[state === "dead" ? "dead" : "retried"]++;
    } catch (error) {
      // Another worker has the job by now; what this one did was idempotent.
      if (!(error instanceof Problem && error.code === "lease_lost")) throw error;
      log.warn("lease_lost");
    }
  }
}

function isPermanent(error: unknown): boolean {
  return error instanceof PermanentFailure ||
    (error instanceof Problem && error.status < 500 && error.status !== 429);
}
