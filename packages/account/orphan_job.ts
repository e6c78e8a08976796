import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { JobHandler } from "../jobs/job.ts";
import { deleteFiles, type Storage } from "../storage/storage.ts";

const files = z.array(z.object({ bucket: z.string(), path: z.string() }));

/** Files that one call to Storage deletes. */
const batch = 100;

/** `account.orphans`: deletes files in folders of no user, until none is left or the time is over. */
export function orphanJobs(storage: () => Storage): Record<string, JobHandler> {
  return {
    async "account.orphans"(_job, { service, log, signal }) {
      for (let deleted = 0; !signal.aborted;) {
        const found = readAnswer(files, await service.rpc("api", "orphaned_files", { max: batch }));
        if (found.length === 0) {
          if (deleted > 0) log.warn("orphaned_files", { deleted });
          return { done: { deleted } };
        }
        await deleteFiles(storage(), found);
        deleted += found.length;
      }
      return { retry: "There are more files to delete." };
    },
  };
}
