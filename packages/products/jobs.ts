import { dtfJobs } from "../dtf/jobs.ts";
import type { JobHandler } from "../jobs/job.ts";
import { moderaJobs, moderaNoticeJobs } from "../modera/jobs.ts";

/** The jobs of all products by kind, for the worker. A product adds its own here. */
export function productJobs(): Record<string, JobHandler> {
  return { ...moderaJobs(), ...moderaNoticeJobs(), ...dtfJobs() };
}
