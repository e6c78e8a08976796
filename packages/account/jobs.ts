import { deleteAuthUserFromEnv } from "../auth/delete_user.ts";
import type { JobHandler } from "../jobs/job.ts";
import { storageFromEnv } from "../storage/storage.ts";
import { erasureJobs } from "./erasure_job.ts";
import { exportJobs } from "./export_jobs.ts";

/** The jobs of exports and erasures, with Storage and Auth as the environment describes them. */
export function accountJobs(): Record<string, JobHandler> {
  return {
    ...exportJobs(storageFromEnv),
    ...erasureJobs({ storage: storageFromEnv, deleteUser: deleteAuthUserFromEnv }),
  };
}
