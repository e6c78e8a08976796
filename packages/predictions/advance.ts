import { z } from "zod";
import { type Trace } from "../http/trace.ts";
import type { Job, JobHandler, JobResult } from "../jobs/job.ts";
import type { PredictionDeps, PredictionKind, Submission } from "./kind.ts";
import { isTerminal, type Prediction } from "./prediction.ts";
import { type Predictions, webhookUrl } from "./predictions.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { settle } from "./settle.ts";

const payload = z.object({ prediction_id: z.uuid() });

/**
 * The job of a kind of prediction: asks the provider, and from then on looks how far it is, in case
 * the webhook is lost. It ends when the prediction is settled, by whomever. While the provider does
 * not answer it is retried; the product's own time limit gives up in the end.
 */
export function predictionHandler(predictions: Predictions, kind: PredictionKind): JobHandler {
  return async (job, { service, trace }) => {
    const { prediction_id: id } = payload.parse(job.payload);
    const provider = predictions.providerOf(kind.operation);
    const deps = predictions.depsFor(service, provider);
    const submission = await kind.submission(deps, id);
    if ("done" in submission) return { done: { outcome: "settled" } };
    try {
      const prediction = submission.providerPredictionId
        ? await provider.get(submission.providerPredictionId)
        : await submit(predictions, { kind, provider, deps }, id, submission, trace);
      if (!isTerminal(prediction.state)) {
        return { retry: `The provider has not finished: ${prediction.state}.` };
      }
      await settle(kind, deps, id, prediction);
      return { done: { outcome: prediction.state } };
    } catch (error) {
      return await failedAttempt(error, { kind, deps, job, id, submission });
    }
  };
}

interface Asking {
  kind: PredictionKind;
  provider: PredictionProvider;
  deps: PredictionDeps;
}

async function submit(
  predictions: Predictions,
  { kind, provider, deps }: Asking,
  id: string,
  { input, models }: Submission,
  trace: Trace,
): Promise<Prediction> {
  const model = models?.[provider.name];
  const prediction = await provider.create({
    operation: kind.operation,
    input,
    ...(model ? { model } : {}),
    webhookUrl: await webhookUrl(predictions, kind, id, trace),
  });
  await kind.submitted(deps, id, provider.name, prediction.id);
  return prediction;
}

interface Attempt {
  kind: PredictionKind;
  deps: PredictionDeps;
  job: Job;
  id: string;
  submission: Submission;
}

/** What no further attempt can mend fails the prediction, so that its hold is free at once. */
async function failedAttempt(error: unknown, attempt: Attempt): Promise<JobResult> {
  if (!(error instanceof ProviderError)) throw error;
  const { kind, deps, job, id, submission } = attempt;
  // Once a provider has it, its webhook may still come; before, nobody else will ask.
  const lastChance = job.attempt >= job.max_attempts && !submission.providerPredictionId;
  if (error.transient && !lastChance) return { retry: error.message };
  await kind.failed(deps, id, error.code, "The provider could not do it.");
  return { done: { outcome: "failed", code: error.code, reason: error.message } };
}
