import { Refusal } from "../refusal.ts";
import { readInput } from "./inputs.ts";
import { hasEnded, type Prediction } from "./prediction.ts";
import type { PredictionRequest } from "./request.ts";
import { deliverWebhook, type WebhookSettings } from "./webhook.ts";

/** What the imaging work returns. */
export interface EngineResult {
  png: Uint8Array;
  /** Members of the output besides `image`. */
  output: Record<string, unknown>;
}

/** Makes a picture; throws `Refusal` for pictures that it cannot work with. Stops when `signal` aborts. */
export type MakePicture = (
  person: Uint8Array,
  garment: Uint8Array,
  maxImageBytes: number,
  signal: AbortSignal,
) => Promise<EngineResult>;

export interface EngineSettings {
  /** The engine's own address, for the links in its answers. */
  url: string;
  model: string;
  make: MakePicture;
  webhooks: WebhookSettings;
  /** How many predictions are remembered; the oldest that have ended go first. */
  remember?: number;
  /** How long results are served, in milliseconds. */
  keepFilesMs?: number;
}

interface Work {
  prediction: Prediction;
  request: PredictionRequest;
  abort: AbortController;
}

/** The predictions of this process: a queue that is worked off one by one, and the files that came of it. */
export class Engine {
  readonly #works = new Map<string, Work>();
  readonly #files = new Map<string, { png: Uint8Array<ArrayBuffer>; until: number }>();
  #queue: Promise<void> = Promise.resolve();

  constructor(readonly settings: EngineSettings) {}

  /** Takes a request; the work starts when those before it are done. */
  create(request: PredictionRequest): Prediction {
    const id = crypto.randomUUID().replaceAll("-", "");
    const address = `${this.settings.url}/v1/predictions/${id}`;
    const { person_image, garment_image, ...input } = request.input;
    const prediction: Prediction = {
      id,
      model: request.model ?? this.settings.model,
      version: request.version ?? "local",
      // Data URIs are not repeated: they can be megabytes.
      input: { ...input, person_image: shown(person_image), garment_image: shown(garment_image) },
      logs: "",
      output: null,
      error: null,
      status: "starting",
      created_at: new Date().toISOString(),
      started_at: null,
      completed_at: null,
      metrics: {},
      urls: { get: address, cancel: `${address}/cancel` },
    };
    const work = { prediction, request, abort: new AbortController() };
    this.#works.set(id, work);
    this.#forget();
    this.#queue = this.#queue.then(() => this.#work(work));
    return prediction;
  }

  /** A prediction by its id, while it is remembered. */
  get(id: string): Prediction | undefined {
    return this.#works.get(id)?.prediction;
  }

  /** Gives a prediction up; one that has ended stays as it is. */
  cancel(id: string): Prediction | undefined {
    const work = this.#works.get(id);
    if (work && !hasEnded(work.prediction)) {
      this.#end(work, "canceled", {});
      work.abort.abort();
    }
    return work?.prediction;
  }

  /** A result, for as long as it is kept. */
  file(name: string): Uint8Array<ArrayBuffer> | undefined {
    const file = this.#files.get(name);
    return file && file.until > Date.now() ? file.png : undefined;
  }

  async #work(work: Work): Promise<void> {
    const { prediction, request, abort } = work;
    if (hasEnded(prediction)) return;
    prediction.status = "processing";
    prediction.started_at = new Date().toISOString();
    this.#tell(work, "start");
    try {
      const maxBytes = request.input.max_image_size_mb * 1024 * 1024;
      const [person, garment] = await Promise.all([
        readInput(request.input.person_image, maxBytes),
        readInput(request.input.garment_image, maxBytes),
      ]);
      const { png, output } = await this.settings.make(person, garment, maxBytes, abort.signal);
      if (abort.signal.aborted) return;
      this.#end(work, "succeeded", { output: { image: this.#keep(png), ...output } });
    } catch (error) {
      if (abort.signal.aborted) return;
      const [code, message] = error instanceof Refusal
        ? [error.code, error.message]
        : ["engine_failed", "The engine failed on these pictures."];
      if (!(error instanceof Refusal)) {
        this.settings.webhooks.log(`prediction ${prediction.id}: ${error}`);
      }
      this.#end(work, "failed", { error: `${code}: ${message}` });
    }
  }

  #end(
    work: Work,
    status: "succeeded" | "failed" | "canceled",
    outcome: Partial<Prediction>,
  ): void {
    const { prediction } = work;
    Object.assign(prediction, outcome, { status, completed_at: new Date().toISOString() });
    if (prediction.started_at) {
      prediction.metrics = {
        predict_time: (Date.now() - Date.parse(prediction.started_at)) / 1000,
      };
    }
    this.#tell(work, "completed");
  }

  #tell({ prediction, request }: Work, event: "start" | "completed"): void {
    if (!request.webhook || !(request.webhook_events_filter ?? [event]).includes(event)) return;
    deliverWebhook(request.webhook, structuredClone(prediction), this.settings.webhooks);
  }

  #keep(png: Uint8Array): string {
    const name = `${crypto.randomUUID()}.png`;
    for (const [old, { until }] of this.#files) {
      if (until <= Date.now()) this.#files.delete(old);
    }
    this.#files.set(name, {
      png: new Uint8Array(png),
      until: Date.now() + (this.settings.keepFilesMs ?? 3_600_000),
    });
    return `${this.settings.url}/files/${name}`;
  }

  #forget(): void {
    const limit = this.settings.remember ?? 1000;
    for (const [id, { prediction }] of this.#works) {
      if (this.#works.size <= limit) return;
      if (hasEnded(prediction)) this.#works.delete(id);
    }
  }
}

function shown(source: string): string {
  return source.startsWith("data:") ? `${source.slice(0, source.indexOf(","))},…` : source;
}
