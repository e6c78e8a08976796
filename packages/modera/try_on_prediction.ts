import type { OutputFile } from "../predictions/kind.ts";
import { outputInvalid } from "../predictions/settle.ts";
import { resultsBucket, storageProblem } from "./pictures.ts";
import { sessionPrediction } from "./session_prediction.ts";

const endings: Record<OutputFile["mimeType"], string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
};

/** MODERA's try-on: its picture is kept in Storage, in its owner's folder. */
export const tryOnPrediction = sessionPrediction({
  operation: "try-on",
  async store({ storage, download }, { user_id, subject_id }, { image }) {
    if (image === undefined) throw outputInvalid("The engine gave no picture.");
    const { bytes, mimeType } = await download(image);
    const path = `${user_id}/${subject_id}.${endings[mimeType]}`;
    const { error } = await storage.from(resultsBucket)
      .upload(path, bytes, { contentType: mimeType, upsert: true });
    if (error) throw storageProblem(error);
    return path;
  },
});
