import { serviceCaller } from "../database/database.ts";
import { fakeDatabase, keptLog } from "../http/fakes.ts";
import { spanOf } from "../http/trace.ts";
import type { Job, JobContext, JobHandler, JobResult } from "./job.ts";

/**
 * Runs a handler once, for tests: on the first attempt of a job, with a database that knows nothing,
 * unless `job` and `context` say otherwise.
 */
export function attempt(
  handler: JobHandler,
  job: Partial<Job> = {},
  context: Partial<JobContext> = {},
): Promise<JobResult> {
  const leased = {
    job_id: "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7000",
    kind: "test",
    payload: {},
    attempt: 1,
    max_attempts: 8,
    progress: null,
    traceparent: null,
    ...job,
  };
  return handler(leased, {
    service: fakeDatabase().as(serviceCaller),
    trace: spanOf(leased.traceparent),
    log: keptLog().log,
    signal: new AbortController().signal,
    report: () => Promise.resolve(),
    ...context,
  });
}
