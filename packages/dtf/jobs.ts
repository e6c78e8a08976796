import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { Problem } from "../database/problem.ts";
import type { JobHandler } from "../jobs/job.ts";
import { predictionJobs } from "../predictions/jobs.ts";
import {
  deleteFiles,
  type Storage,
  storageFromEnv,
  storedBytes,
  storeFile,
} from "../storage/storage.ts";
import { decodePng, mostDecodedPixels } from "./convert/raster.ts";
import { thumbnail } from "./convert/thumbnail.ts";
import { inspectPicture } from "./inspect/inspect.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { providerFromEnv } from "../predictions/provider_from_env.ts";
import { dtfPredictionKinds } from "./operations/prediction.ts";
import { imagesBucket } from "./pictures.ts";
import { rendition } from "./rendition.ts";

/** Files that one call to Storage deletes. */
const batch = 100;
/** Pixels that the longer side of a small picture has. */
const longest = 400;

const files = z.array(z.object({ bucket: z.string(), path: z.string() }));

const picture = z.object({
  path: z.string(),
  folder: z.string(),
}).nullable();

/**
 * All of DTF Editor's jobs.
 * @param storage gives Storage with the service's rights
 * @param renderer gives who makes renditions; throws `ProviderError` while nobody does
 */
export function dtfJobs(
  storage: () => Storage = storageFromEnv,
  renderer: () => PredictionProvider = () => providerFromEnv("rendition"),
): Record<string, JobHandler> {
  return {
    ...predictionJobs(dtfPredictionKinds),
    "dtf.delete-files": deleteHandler(storage),
    "dtf.thumbnail": thumbnailHandler(storage, renderer),
  };
}

/** Deletes the files of a picture that is gone. May be cut off anywhere. */
function deleteHandler(storage: () => Storage): JobHandler {
  return async (job, { service, signal }) => {
    const { folder } = z.object({ folder: z.string() }).parse(job.payload);
    for (let deleted = 0; !signal.aborted;) {
      const found = readAnswer(
        files,
        await service.rpc("dtf", "files_of", { folder, max: batch }),
      );
      if (found.length === 0) return { done: { deleted } };
      await deleteFiles(storage(), found);
      deleted += found.length;
    }
    return { retry: "There are more files to delete." };
  };
}

/** Makes the small picture of a picture, itself of a PNG, else with the help of who makes renditions. Without one it is shown as it is. */
function thumbnailHandler(
  storage: () => Storage,
  renderer: () => PredictionProvider,
): JobHandler {
  return async (job, { service }) => {
    const { image_id } = z.object({ image_id: z.uuid() }).parse(job.payload);
    const found = readAnswer(picture, await service.rpc("dtf", "picture_file", { image_id }));
    if (!found) return { done: { outcome: "none" } };
    try {
      const small = await smallPicture(storage(), found.path, renderer);
      const path = `${found.folder}/thumbnail.png`;
      await storeFile(storage(), { bucket: imagesBucket, path }, small, "image/png");
      await service.rpc("dtf", "keep_thumbnail", { image_id, path });
      // The picture may have been deleted meanwhile, and its files before this one was there.
      const kept = readAnswer(picture, await service.rpc("dtf", "picture_file", { image_id }));
      if (!kept) await deleteFiles(storage(), [{ bucket: imagesBucket, path }]);
      return { done: { outcome: "made" } };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const unavailable = error.code === "provider_unavailable";
      if (unavailable && job.attempt < job.max_attempts) return { retry: error.message };
      if (unavailable || error.status < 500) return { done: { outcome: error.code } };
      throw error;
    }
  };
}

async function smallPicture(
  storage: Storage,
  path: string,
  renderer: () => PredictionProvider,
): Promise<Uint8Array> {
  const bytes = await storedBytes(storage, { bucket: imagesBucket, path });
  // The latest result may be a PNG where the upload was none.
  const { type, orientation, width, height } = inspectPicture(bytes);
  const here = type === "image/png" && orientation === 1 && width * height <= mostDecodedPixels;
  return here
    ? await thumbnail(await decodePng(bytes), longest)
    : await rendition(storage, path, renderer, longest);
}
