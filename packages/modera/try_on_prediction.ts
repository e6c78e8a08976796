import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Json } from "../database/types.ts";
import type { OutputFile, PredictionDeps, PredictionKind } from "../predictions/kind.ts";
import { tryOnFailure } from "./failure.ts";
import { inputsBucket, resultsBucket, signedAddress, storageProblem } from "./pictures.ts";

const inputState = z.enum(["intact", "changed", "missing"]);

const submissionShape = z.object({
  try_on_id: z.uuid(),
  user_id: z.uuid(),
  person_path: z.string(),
  garment_path: z.string(),
  person_input: inputState,
  garment_input: inputState,
  state: z.enum(["active", "processing", "completed", "failed", "expired"]),
  provider_prediction_id: z.string().nullable(),
});

type TryOnSubmission = z.infer<typeof submissionShape>;

/** The provider must have fetched the pictures by then, in seconds. */
const inputSeconds = 3600;

const endings: Record<OutputFile["mimeType"], string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
};

/** MODERA's try-on as a prediction: the pictures go out as signed addresses, the result into Storage. */
export const tryOnPrediction: PredictionKind = {
  kind: "modera.try-on",

  async submission(deps, predictionId) {
    const tryOn = await read(deps, predictionId);
    const known = tryOn.provider_prediction_id
      ? { providerPredictionId: tryOn.provider_prediction_id }
      : {};
    if (hasEnded(tryOn)) return { done: true, ...known };
    if (tryOn.provider_prediction_id) return { operation: "try-on", input: {}, ...known };
    const spoilt = [tryOn.person_input, tryOn.garment_input].find((state) => state !== "intact");
    if (spoilt) {
      await fail(deps, predictionId, `input_${spoilt}`, "");
      return { done: true };
    }
    const address = (path: string) => signedAddress(deps.storage, inputsBucket, path, inputSeconds);
    const [person_image, garment_image] = await Promise.all([
      address(tryOn.person_path),
      address(tryOn.garment_path),
    ]);
    return { operation: "try-on", input: { person_image, garment_image } };
  },

  async submitted({ db }, predictionId, provider, providerPredictionId) {
    await db.rpc("modera", "mark_try_on_submitted", {
      prediction_id: predictionId,
      provider,
      provider_prediction_id: providerPredictionId,
    });
  },

  async succeeded(deps, predictionId, output) {
    const tryOn = await read(deps, predictionId);
    const { image, ...measured } = output;
    const complete = async (path: string | null) =>
      readAnswer(
        z.object({ late: z.boolean() }),
        await deps.db.rpc("modera", "complete_try_on", {
          prediction_id: predictionId,
          result_path: path,
          output: measured as Json,
        }),
      );
    if (hasEnded(tryOn)) return void await complete(null);
    const path = await store(deps, tryOn, await deps.download(image));
    const { late } = await complete(path);
    // Nobody was charged for it, so nobody is given it.
    if (late) await deps.storage.from(resultsBucket).remove([path]);
  },

  async failed(deps, predictionId, code, message) {
    await fail(deps, predictionId, code, message);
  },
};

async function read({ db }: PredictionDeps, predictionId: string): Promise<TryOnSubmission> {
  const answer = await db.rpc("modera", "try_on_submission", { prediction_id: predictionId });
  return readAnswer(submissionShape, answer);
}

function hasEnded({ state }: TryOnSubmission): boolean {
  return state !== "active" && state !== "processing";
}

async function store(
  { storage }: PredictionDeps,
  tryOn: TryOnSubmission,
  { bytes, mimeType }: OutputFile,
): Promise<string> {
  const path = `${tryOn.user_id}/${tryOn.try_on_id}.${endings[mimeType]}`;
  const { error } = await storage.from(resultsBucket)
    .upload(path, bytes, { contentType: mimeType, upsert: true });
  if (error) throw storageProblem(error);
  return path;
}

async function fail(
  { db }: PredictionDeps,
  predictionId: string,
  code: string,
  message: string,
): Promise<void> {
  await db.rpc("modera", "fail_try_on", {
    prediction_id: predictionId,
    ...tryOnFailure({ code, message }),
  });
}
