import type { OutputFile } from "../predictions/kind.ts";
import { outputInvalid } from "../predictions/settle.ts";
import { storeFile } from "../storage/storage.ts";
import { resultsBucket } from "./pictures.ts";
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
    await storeFile(storage, { bucket: resultsBucket, path }, bytes, mimeType);
    return path;
  },
});
