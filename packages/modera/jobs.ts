import type { JobHandler } from "../jobs/job.ts";
import { predictionJobs } from "../predictions/jobs.ts";
import { type Storage, storageFromEnv } from "../storage/storage.ts";
import { feedJobs } from "./partners/import_feed.ts";
import { botJobs } from "./bot/jobs.ts";
import { retentionJobs } from "./retention.ts";
import { predictionKinds } from "./prediction_kinds.ts";

/** All of MODERA's jobs. @param storage gives Storage with the service's rights. */
export function moderaJobs(storage: () => Storage = storageFromEnv): Record<string, JobHandler> {
  return {
    ...predictionJobs(predictionKinds),
    ...retentionJobs(storage),
    ...feedJobs(storage),
    ...botJobs(),
  };
}
