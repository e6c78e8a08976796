/** The imaging work in a thread of its own, so that the server answers while it is done. */
import type { EngineModel } from "./engine_models.ts";
import type { EngineResult, Order } from "./protocol/engine.ts";
import { printModels } from "./print/models.ts";
import { Refusal } from "./refusal.ts";
import { analyseStyle } from "./style/analyse.ts";
import { loadModels, tryOn } from "./try_on.ts";
import type { WorkerAnswer } from "./worker_pool.ts";

const thread = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(answer: WorkerAnswer): void;
};

const ready = loadModels();

type Pictures = Record<string, Uint8Array>;
type Limits = Pick<Order, "maxImageBytes">;
type Options = Order["options"];

const work: Record<
  EngineModel,
  (pictures: Pictures, limits: Limits, options: Options) => Promise<EngineResult>
> = {
  ...printModels,
  async "tessera/try-on"({ person_image, garment_image }, limits) {
    const made = await tryOn(person_image!, garment_image!, limits);
    return {
      files: { image: { bytes: made.png, type: "image/png" } },
      output: {
        engine: made.engine,
        model: made.model,
        fit_analysis: made.fitAnalysis,
        quality_score: made.qualityScore,
        confidence_score: made.confidenceScore,
      },
    };
  },
  async "tessera/style-analysis"({ photo_image }, limits) {
    return { output: { ...await analyseStyle(photo_image!, limits) } };
  },
};

thread.onmessage = async ({ data: { model, pictures, options, maxImageBytes } }) => {
  try {
    await ready;
    thread.postMessage({
      result: await work[model as EngineModel](pictures, { maxImageBytes }, options),
    });
  } catch (error) {
    thread.postMessage(
      error instanceof Refusal
        ? { refusal: { code: error.code, message: error.message } }
        : { failure: error instanceof Error ? error.stack ?? error.message : String(error) },
    );
  }
};
