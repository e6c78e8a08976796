import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Json } from "../../database/types.ts";
import type { PredictionDeps, PredictionKind } from "../../predictions/kind.ts";
import type { OutputType } from "../../predictions/picture_type.ts";
import { outputInvalid } from "../../predictions/settle.ts";
import { deleteFiles, signedAddress, storeFile } from "../../storage/storage.ts";
import { failureForPeople } from "../../work/failure.ts";
import { imagesBucket } from "../pictures.ts";
import { type OperationName, operationNames, slugOf } from "./chain.ts";

const submissionShape = z.object({
  operation_id: z.uuid(),
  user_id: z.uuid(),
  image_id: z.uuid(),
  options: z.record(z.string(), z.unknown()),
  path: z.string().nullable(),
  found: z.boolean(),
  state: z.enum(["pending", "processing", "completed", "failed"]),
  provider_prediction_id: z.string().nullable(),
});

type OperationSubmission = z.infer<typeof submissionShape>;

const endings: Record<OutputType, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/svg+xml": "svg",
};

/** The provider must have fetched the picture by then, in seconds. */
const inputSeconds = 3600;

/** All that DTF Editor asks of providers: one kind for each operation. */
export const dtfPredictionKinds: readonly PredictionKind[] = operationNames.map(
  operationPrediction,
);

/** An operation as a prediction: its picture goes out as a signed address, the result into the picture's folder. */
function operationPrediction(name: OperationName): PredictionKind {
  const slug = slugOf(name);
  return {
    kind: `dtf.${slug}`,
    operation: slug,

    async submission(deps, predictionId) {
      const { state, options, path, found, ...rest } = await read(deps, predictionId);
      const known = rest.provider_prediction_id
        ? { providerPredictionId: rest.provider_prediction_id }
        : {};
      if (hasEnded(state)) return { done: true, ...known };
      if (rest.provider_prediction_id) return { input: {}, ...known };
      if (name === "generate") return { input: options };
      if (path === null || !found) {
        await fail(deps, predictionId, "input_missing", "");
        return { done: true };
      }
      const image = await signedAddress(
        deps.storage,
        { bucket: imagesBucket, path },
        inputSeconds,
      );
      return { input: { ...options, image } };
    },

    async submitted({ db }, predictionId, provider, providerPredictionId) {
      await db.rpc("dtf", "mark_operation_submitted", {
        prediction_id: predictionId,
        provider,
        provider_prediction_id: providerPredictionId,
      });
    },

    async succeeded(deps, predictionId, output) {
      const operation = await read(deps, predictionId);
      const { image, preview, ...made } = output;
      const complete = async (paths: { result_path?: string; preview_path?: string }) =>
        readAnswer(
          z.object({ late: z.boolean() }),
          await deps.db.rpc("dtf", "complete_operation", {
            prediction_id: predictionId,
            output: made as Json,
            ...paths,
          }),
        );
      if (hasEnded(operation.state)) return void await complete({});
      if (image === undefined) throw outputInvalid("The engine gave no picture.");
      const result_path = await store(deps, operation, image, "result");
      const shown = preview === undefined
        ? {}
        : { preview_path: await store(deps, operation, preview, "preview") };
      const { late } = await complete({ result_path, ...shown });
      // Nobody was charged for it, so nobody is given it.
      if (late) {
        const paths = [result_path, ...Object.values(shown)];
        await deleteFiles(deps.storage, paths.map((path) => ({ bucket: imagesBucket, path })));
      }
    },

    failed: fail,
  };
}

/** Puts what an engine made into the picture's folder, which goes when the picture is deleted. */
async function store(
  { storage, downloadArtwork }: PredictionDeps,
  { user_id, image_id, operation_id }: OperationSubmission,
  address: string,
  part: "result" | "preview",
): Promise<string> {
  const { bytes, mimeType } = await downloadArtwork(address);
  const path = `${user_id}/${image_id}/${operation_id}-${part}.${endings[mimeType]}`;
  await storeFile(storage, { bucket: imagesBucket, path }, bytes, mimeType);
  return path;
}

async function read({ db }: PredictionDeps, predictionId: string): Promise<OperationSubmission> {
  const answer = await db.rpc("dtf", "operation_submission", { prediction_id: predictionId });
  return readAnswer(submissionShape, answer);
}

function hasEnded(state: OperationSubmission["state"]): boolean {
  return state === "completed" || state === "failed";
}

async function fail(
  { db }: PredictionDeps,
  predictionId: string,
  code: string,
  message: string,
): Promise<void> {
  await db.rpc("dtf", "fail_operation", {
    prediction_id: predictionId,
    ...failureForPeople({ code, message }),
  });
}
