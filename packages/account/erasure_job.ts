import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { JobHandler } from "../jobs/job.ts";
import { deleteFiles, type Storage } from "../storage/storage.ts";

const payload = z.object({ erasure_id: z.uuid() });

const begun = z.object({
  state: z.enum(["requested", "cancelled", "running", "done"]),
  user_id: z.uuid(),
});

const files = z.array(z.object({ bucket: z.string(), path: z.string() })).nullable();

/** Files that one call to Storage deletes. */
const batch = 100;

/** Where a person is erased besides the database. */
export interface ErasureDeps {
  /** Storage with the service's rights. */
  storage: () => Storage;
  /** Deletes an Auth user; fine when there is none any more. */
  deleteUser: (userId: string) => Promise<void>;
}

/**
 * `account.erasure`: ends what is under way for a person, deletes their files, then their Auth user, so
 * that nobody can sign in, then what the database knows of them. Every step may be run again, so an
 * attempt that was cut off anywhere is made good by the next.
 */
export function erasureJobs({ storage, deleteUser }: ErasureDeps): Record<string, JobHandler> {
  return {
    async "account.erasure"(job, { service, log, signal }) {
      const { erasure_id } = payload.parse(job.payload);
      const { state, user_id } = readAnswer(
        begun,
        await service.rpc("api", "begin_erasure", { erasure_id }),
      );
      if (state !== "running") return { done: { state } };
      const deleteAll = async () => {
        while (!signal.aborted) {
          const args = { erasure_id, max: batch };
          const left = readAnswer(files, await service.rpc("api", "erasure_files", args)) ?? [];
          if (left.length === 0) return true;
          await deleteFiles(storage(), left);
        }
        return false;
      };
      if (!await deleteAll()) return { retry: "There are more files to delete." };
      await deleteUser(user_id);
      // What was uploaded meanwhile; from now on nothing is.
      if (!await deleteAll()) return { retry: "There are more files to delete." };
      await service.rpc("api", "finish_erasure", { erasure_id });
      log.info("account_erased", { erasure_id });
      return { done: { state: "done" } };
    },
  };
}
