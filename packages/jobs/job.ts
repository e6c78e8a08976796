import type { Session } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import type { Logger } from "../http/log.ts";
import type { Trace } from "../http/trace.ts";

/** A unit of work that is leased to this worker. */
export interface Job {
  job_id: string;
  kind: string;
  payload: Json;
  /** 1 for the first attempt. */
  attempt: number;
  max_attempts: number;
  /** What an earlier attempt reported. */
  progress: Json;
  /** The trace in which it was queued. */
  traceparent: string | null;
}

/** What a handler may use. */
export interface JobContext {
  /** The database as the service. */
  service: Session;
  /** This attempt's span of the trace in which the job was queued. */
  trace: Trace;
  log: Logger;
  /** Aborts when the worker's time is over. */
  signal: AbortSignal;
  /** Stores how far the job is, for the next attempt. */
  report(progress: Json): Promise<void>;
}

/** What an attempt came to: done, or to be tried again after a pause. */
export type JobResult = { done: Json } | { retry: string };

/** Does one kind of job. It may be run twice for the same job and must not mind. */
export type JobHandler = (job: Job, context: JobContext) => Promise<JobResult>;

/** A failure that no further attempt can mend: the job goes to the dead at once. */
export class PermanentFailure extends Error {
  override readonly name = "PermanentFailure";
}
