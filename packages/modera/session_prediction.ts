import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Json } from "../database/types.ts";
import type { PredictionDeps, PredictionKind } from "../predictions/kind.ts";
import type { PredictionOutput } from "../predictions/prediction.ts";
import { signedAddress } from "../storage/storage.ts";
import { failureForPeople } from "../work/failure.ts";
import { inputsBucket, resultsBucket } from "./pictures.ts";

const submissionShape = z.object({
  subject_id: z.uuid(),
  user_id: z.uuid(),
  inputs: z.record(
    z.string(),
    z.object({ path: z.string(), state: z.enum(["intact", "changed", "missing"]) }),
  ),
  models: z.record(z.string(), z.string()),
  state: z.enum(["active", "processing", "completed", "failed", "expired"]),
  provider: z.string().nullable(),
  provider_prediction_id: z.string().nullable(),
});

/** What SQL says of a session whose prediction is to be asked for. */
export type SessionSubmission = z.infer<typeof submissionShape>;

/** What sets one type of session apart from the others. */
export interface SessionWork {
  /** Names the provider's model; the prediction's kind is `modera.<operation>`. */
  operation: string;
  /**
   * Takes what an engine made: checks it, and puts its picture into Storage if it has one.
   *
   * @returns the picture's path in `modera-results`, or null.
   * @throws ProviderError (permanent) when the output is not what was asked for.
   */
  store(
    deps: PredictionDeps,
    session: SessionSubmission,
    output: PredictionOutput,
  ): Promise<string | null>;
}

/** The provider must have fetched the pictures by then, in seconds. */
const inputSeconds = 3600;

/** A type of session as a prediction: its pictures go out as signed addresses, the result into SQL and Storage. */
export function sessionPrediction({ operation, store }: SessionWork): PredictionKind {
  return {
    kind: `modera.${operation}`,
    operation,

    async submission(deps, predictionId) {
      const { inputs, models, ...session } = await read(deps, predictionId);
      const known = session.provider_prediction_id
        ? { providerPredictionId: session.provider_prediction_id }
        : {};
      if (hasEnded(session)) return { done: true, ...known };
      if (session.provider_prediction_id) return { input: {}, models, ...known };
      const spoilt = Object.values(inputs).find(({ state }) => state !== "intact");
      if (spoilt) {
        await fail(deps, predictionId, `input_${spoilt.state}`, "");
        return { done: true };
      }
      const addresses = Object.entries(inputs).map(async ([name, { path }]) => [
        name,
        await signedAddress(deps.storage, { bucket: inputsBucket, path }, inputSeconds),
      ]);
      return { input: Object.fromEntries(await Promise.all(addresses)), models };
    },

    async submitted({ db }, predictionId, provider, providerPredictionId) {
      await db.rpc("modera", "mark_prediction_submitted", {
        prediction_id: predictionId,
        provider,
        provider_prediction_id: providerPredictionId,
      });
    },

    async succeeded(deps, predictionId, output) {
      const session = await read(deps, predictionId);
      const { image: _, ...made } = output;
      // Not every provider says what it used: then it is what it was told to use.
      const model = made.model ?? session.models[session.provider ?? ""];
      const complete = async (path: string | null) =>
        readAnswer(
          z.object({ late: z.boolean() }),
          await deps.db.rpc("modera", "complete_prediction", {
            prediction_id: predictionId,
            output: { ...made, ...(model ? { model } : {}) } as Json,
            result_path: path,
          }),
        );
      if (hasEnded(session)) return void await complete(null);
      const path = await store(deps, session, output);
      const { late } = await complete(path);
      // Nobody was charged for it, so nobody is given it.
      if (late && path) await deps.storage.from(resultsBucket).remove([path]);
    },

    failed: fail,
  };
}

async function read({ db }: PredictionDeps, predictionId: string): Promise<SessionSubmission> {
  const answer = await db.rpc("modera", "prediction_submission", { prediction_id: predictionId });
  return readAnswer(submissionShape, answer);
}

function hasEnded({ state }: Pick<SessionSubmission, "state">): boolean {
  return state !== "active" && state !== "processing";
}

async function fail(
  { db }: PredictionDeps,
  predictionId: string,
  code: string,
  message: string,
): Promise<void> {
  await db.rpc("modera", "fail_prediction", {
    prediction_id: predictionId,
    ...failureForPeople({ code, message }),
  });
}
