import { Refusal } from "../refusal.ts";
import { readInput } from "./inputs.ts";
import { hasEnded, type Prediction } from "./prediction.ts";
import type { ModelInputs, PredictionRequest } from "./request.ts";
import { deliverWebhook, type WebhookSettings } from "./webhook.ts";

/** A file that was made. */
export interface MadeFile {
  bytes: Uint8Array;
  type: "image/png" | "image/svg+xml";
}

/** What the imaging work returns. */
export interface EngineResult {
  /** What was made, by the names of its addresses in the output: `image`, and a `preview` where there is one. */
  files?: Record<string, MadeFile>;
  /** The other members of the output. */
  output: Record<string, unknown>;
}

/** What a model is to work on: pictures by their names, none larger than `maxImageBytes`. */
export interface Order {
  model: string;
  pictures: Record<string, Uint8Array>;
  /** What else the model was told, as its schema read it. */
  options: Record<string, unknown>;
  maxImageBytes: number;
}

/** Works on pictures; throws `Refusal` for those that it cannot work with. Stops when `signal` aborts. */
export type Make = (order: Order, signal: AbortSignal) => Promise<EngineResult>;

export interface EngineSettings {
  /** The engine's own address, for the links in its answers. */
  url: string;
  /** By name; the first is taken when a client names none. */
  models: Record<string, ModelInputs>;
  make: Make;
  webhooks: WebhookSettings;
  /** How many predictions are remembered; the oldest that have ended go first. */
  remember?: number;
  /** How long results are served, in milliseconds. */
  keepFilesMs?: number;
  /** Bytes of results that are kept; the oldest go first, and the latest is kept whatever it has. */
  keepFilesBytes?: number;
}

interface Work {
  model: string;
  prediction: Prediction;
  request: PredictionRequest;
  abort: AbortController;
}

/** The predictions of this process: two queues, one of them for what is quick, each worked off one by one, and the files that came of it. */
export class Engine {
  readonly #works = new Map<string, Work>();
  readonly #files = new Map<string, { made: MadeFile; until: number }>();
  readonly #queues = { quick: Promise.resolve(), usual: Promise.resolve() };

  constructor(readonly settings: EngineSettings) {}

  /** Takes a request; the work starts when those before it are done. */
  create(model: string, request: PredictionRequest): Prediction {
    const id = crypto.randomUUID().replaceAll("-", "");
    const address = `${this.settings.url}/v1/predictions/${id}`;
    const { pictures, options, ...input } = request.input;
    const prediction: Prediction = {
      id,
      model,
      version: "local",
      // Data URIs are not repeated: they can be megabytes.
      input: { ...input, ...options, ...mapped(pictures, shown) },
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
    const work = { model, prediction, request, abort: new AbortController() };
    this.#works.set(id, work);
    this.#forget();
    const queue = this.settings.models[model]?.quick ? "quick" : "usual";
    this.#queues[queue] = this.#queues[queue].then(() => this.#work(work));
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
  file(name: string): MadeFile | undefined {
    const file = this.#files.get(name);
    return file && file.until > Date.now() ? file.made : undefined;
  }

  async #work(work: Work): Promise<void> {
    const { model, prediction, request, abort } = work;
    if (hasEnded(prediction)) return;
    prediction.status = "processing";
    prediction.started_at = new Date().toISOString();
    this.#tell(work, "start");
    try {
      const maxImageBytes = request.input.max_image_size_mb * 1024 * 1024;
      const pictures = await Promise.all(
        Object.entries(request.input.pictures).map(async ([name, address]) =>
          [name, await readInput(address, maxImageBytes)] as const
        ),
      );
      const { options } = request.input;
      const order = { model, pictures: Object.fromEntries(pictures), options, maxImageBytes };
      const { files = {}, output } = await this.settings.make(order, abort.signal);
      if (abort.signal.aborted) return;
      const addresses = mapped(files, (file) => this.#keep(file));
      this.#end(work, "succeeded", { output: { ...addresses, ...output } });
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

  #keep(made: MadeFile): string {
    const name = `${crypto.randomUUID()}.${made.type === "image/png" ? "png" : "svg"}`;
    for (const [old, { until }] of this.#files) {
      if (until <= Date.now()) this.#files.delete(old);
    }
    let room = (this.settings.keepFilesBytes ?? 100_663_296) - made.bytes.length;
    for (const [old, { made: { bytes } }] of [...this.#files].reverse()) {
      room -= bytes.length;
      if (room < 0) this.#files.delete(old);
    }
    this.#files.set(name, {
      made,
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

function mapped<From, To>(
  values: Record<string, From>,
  to: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
}

function shown(source: string): string {
  return source.startsWith("data:") ? `${source.slice(0, source.indexOf(","))},…` : source;
}
