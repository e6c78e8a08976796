import { deleteAuthUserFromEnv } from "../auth/delete_user.ts";
import type { JobHandler } from "../jobs/job.ts";
import { storageFromEnv } from "../storage/storage.ts";
import { erasureJobs } from "./erasure_job.ts";
import { exportJobs } from "./export_jobs.ts";
import { orphanJobs } from "./orphan_job.ts";

/** The jobs of exports, erasures and orphaned files, with Storage and Auth as the environment describes them. */
export function accountJobs(): Record<string, JobHandler> {
  return {
    ...exportJobs(storageFromEnv),
    ...orphanJobs(storageFromEnv),
    ...erasureJobs({ storage: storageFromEnv, deleteUser: deleteAuthUserFromEnv }),
  };
}
