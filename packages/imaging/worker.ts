/** The imaging work in a thread of its own, so that the server answers while a picture is made. */
import { Refusal } from "./refusal.ts";
import { loadModels, tryOn } from "./try_on.ts";
import type { WorkerAnswer, WorkerOrder } from "./worker_pool.ts";

const thread = self as unknown as {
  onmessage: (event: MessageEvent<WorkerOrder>) => void;
  postMessage(answer: WorkerAnswer): void;
};

const ready = loadModels();

thread.onmessage = async ({ data: { person, garment, maxImageBytes } }) => {
  try {
    await ready;
    const { png, engine, model, fitAnalysis, qualityScore, confidenceScore } = await tryOn(
      person,
      garment,
      {
        maxImageBytes,
      },
    );
    const output = {
      engine,
      model,
      fit_analysis: fitAnalysis,
      quality_score: qualityScore,
      confidence_score: confidenceScore,
    };
    thread.postMessage({ result: { png, output } });
  } catch (error) {
    thread.postMessage(
      error instanceof Refusal
        ? { refusal: { code: error.code, message: error.message } }
        : { failure: error instanceof Error ? error.stack ?? error.message : String(error) },
    );
  }
};
