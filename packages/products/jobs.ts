import { dtfJobs } from "../dtf/jobs.ts";
import { dtfNotices } from "../dtf/notices.ts";
import type { JobHandler } from "../jobs/job.ts";
import { chatFromEnv } from "../modera/bot/chat_channel.ts";
import { moderaJobs } from "../modera/jobs.ts";
import { moderaNotices } from "../modera/notices.ts";
import { noticeJobs } from "../notices/jobs.ts";

/** The jobs of all products by kind, for the worker. A product adds its own here, and its notices. */
export function productJobs(): Record<string, JobHandler> {
  const notices = noticeJobs([moderaNotices, dtfNotices], chatFromEnv);
  return { ...notices, ...moderaJobs(), ...dtfJobs() };
}
