import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { JobHandler } from "../jobs/job.ts";
import { deleteFiles, type Storage } from "../storage/storage.ts";

const duePictures = z.array(z.object({
  bucket: z.string(),
  path: z.string(),
  reason: z.enum(["old", "no_consent", "no_result"]),
}));

/** Pictures that one call to Storage deletes. */
const batch = 100;

/**
 * `modera.retention`: deletes pictures whose time is over, rows and files, until none is due or the
 * worker's time is. What SQL says is due is asked anew after each batch, so it can be cut off anywhere.
 *
 * @param storage gives Storage with the service's rights.
 */
export function retentionJobs(storage: () => Storage): Record<string, JobHandler> {
  return {
    async "modera.retention"(_job, { service, log, signal }) {
      const deleted: Record<string, number> = {};
      while (!signal.aborted) {
        const due = readAnswer(
          duePictures,
          await service.rpc("modera", "due_pictures", { max: batch }),
        );
        if (due.length === 0) {
          log.info("retention", { deleted });
          return { done: deleted };
        }
        await deleteFiles(storage(), due);
        for (const { reason } of due) deleted[reason] = (deleted[reason] ?? 0) + 1;
      }
      return { retry: "There are more pictures to delete." };
    },
  };
}
