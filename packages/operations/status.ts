import { z } from "zod";

const seconds = z.number();

/** How the work stands: what `private.operations_status()` says. */
export const operationsStatus = z.object({
  at: z.string(),
  late_jobs: z.array(z.object({
    job: z.string(),
    problem: z.string(),
    since: z.string(),
    detail: z.string().nullable(),
  })),
  cron: z.array(z.object({
    job: z.string(),
    succeeded_at: z.string().nullable(),
    failures: z.int(),
  })),
  queue: z.object({ queued: z.int(), running: z.int(), oldest_due_seconds: seconds }),
  inbox: z.object({ waiting: z.int(), oldest_waiting_seconds: seconds }),
  webhooks_last_hour: z.object({
    received: z.int(),
    lag_seconds_p50: seconds,
    lag_seconds_max: seconds,
  }),
  dead_letters: z.object({ jobs: z.int(), events: z.int() }),
  ledger: z.object({ verified_at: z.string().nullable(), differences: z.string().nullable() })
    .nullable(),
  problems_last_hour: z.array(z.object({
    function: z.string(),
    code: z.string(),
    status: z.int(),
    count: z.int(),
  })),
});

export type OperationsStatus = z.infer<typeof operationsStatus>;
