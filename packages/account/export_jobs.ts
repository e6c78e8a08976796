import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type JobContext, type JobHandler, PermanentFailure } from "../jobs/job.ts";
import { deleteFiles, type Storage, storageProblem } from "../storage/storage.ts";
import { archiveFiles } from "./archive.ts";
import { type ArchiveFile, largestArchive, zip } from "./zip.ts";

/** Where archives are: private, and nobody's own folder to read. */
export const exportsBucket = "account-exports";

const payload = z.object({ export_id: z.uuid() });

const scope = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("queued"),
    path: z.string(),
    sections: z.array(z.object({ name: z.string(), table: z.string() })),
  }),
  z.object({ state: z.enum(["ready", "failed", "deleted"]) }),
]);

const due = z.array(z.object({ export_id: z.uuid(), path: z.string() }));

/** Archives that one job deletes. */
const batch = 100;

/** How often a long export says that it is still at work, in milliseconds; a lease lasts a minute. */
const reportMs = 15_000;

/**
 * `account.export` makes an archive and puts it into Storage; `account.export-expiry` deletes those past
 * their time.
 *
 * @param storage gives Storage with the service's rights.
 */
export function exportJobs(storage: () => Storage): Record<string, JobHandler> {
  return {
    "account.export": (job, context) =>
      makeExport(payload.parse(job.payload).export_id, storage(), context),
    async "account.export-expiry"(_job, { service }) {
      const found = readAnswer(due, await service.rpc("api", "due_exports", { max: batch }));
      for (const { export_id, path } of found) {
        await deleteFiles(storage(), [{ bucket: exportsBucket, path }]);
        await service.rpc("api", "drop_export", { export_id });
      }
      return found.length < batch
        ? { done: { deleted: found.length } }
        : { retry: "There are more archives to delete." };
    },
  };
}

/** Makes an export; made anew from the start when an attempt was cut off. */
async function makeExport(exportId: string, storage: Storage, context: JobContext) {
  const { service, log } = context;
  const found = readAnswer(
    scope,
    await service.rpc("api", "export_scope", { export_id: exportId }),
  );
  if (found.state !== "queued") return { done: { state: found.state } };
  const { sections, path } = found;
  let size = 0;
  const files = archiveFiles({ service, storage, exportId, sections, now: new Date() });
  const archive = zip(keepingLease(files, context));
  const body = ReadableStream.from(archive).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength;
        if (size > largestArchive) throw new PermanentFailure("The archive is too large.");
        controller.enqueue(chunk);
      },
    }),
  );
  const { error } = await storage.from(exportsBucket)
    .upload(path, body, { contentType: "application/zip", upsert: true, duplex: "half" });
  if (error) throw storageProblem(error);
  await service.rpc("api", "conclude_export", { export_id: exportId, size });
  log.info("account_exported", { export_id: exportId, size });
  return { done: { state: "ready", size } };
}

/** The same files; while they are taken, the job's lease is kept. */
async function* keepingLease(files: AsyncIterable<ArchiveFile>, { report }: JobContext) {
  let reportedAt = performance.now();
  let taken = 0;
  for await (const file of files) {
    yield file;
    taken++;
    if (performance.now() - reportedAt < reportMs) continue;
    await report({ files: taken });
    reportedAt = performance.now();
  }
}
