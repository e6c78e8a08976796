import { z } from "zod";
import type { Prediction } from "./prediction.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { callProvider, type ProviderApi } from "./provider_http.ts";
import { predictionOfAddress, signedWebhookUrl } from "./webhook_address.ts";

/** Settings of FASHN's API. */
export interface FashnSettings {
  /** E.g. `https://api.fashn.ai`. */
  baseUrl: string;
  token: string;
  /** A secret of ours: FASHN does not sign its webhooks. */
  webhookSecret: string;
  /** Hosts that serve outputs, e.g. `cdn.fashn.ai`. */
  outputHosts: string[];
  /** What a result costs, in millionths of a US dollar; without it, costs are not known. Failures are free. */
  microsPerResult?: number;
}

const started = z.object({ id: z.string().min(1) });
const status = z.object({
  id: z.string().min(1),
  status: z.enum(["starting", "in_queue", "processing", "completed", "failed", "canceled"]),
  output: z.array(z.url()).nullish(),
  error: z.object({ name: z.string(), message: z.string() }).nullish(),
});

const states = {
  starting: "starting",
  in_queue: "starting",
  processing: "processing",
  completed: "succeeded",
  failed: "failed",
  canceled: "canceled",
} as const;

/**
 * FASHN's virtual try-on: https://docs.fashn.ai/api-overview/api-fundamentals. Its webhooks carry no signature
 * (https://docs.fashn.ai/api-overview/webhooks leaves verification to the receiver), so a delivery counts only when its
 * address bears our own HMAC, and even then only as a hint: what it says is asked from the API again.
 */
export function fashn(settings: FashnSettings): PredictionProvider {
  const api: ProviderApi = { name: "FASHN", baseUrl: settings.baseUrl, token: settings.token };

  const get = async (id: string): Promise<Prediction> => {
    const body = read(
      status,
      await callProvider(api, "GET", `/v1/status/${encodeURIComponent(id)}`),
    );
    const state = states[body.status];
    if (state === "succeeded") {
      const image = body.output?.[0];
      if (!image) throw invalid("FASHN completed without an output.");
      const { microsPerResult: costMicros } = settings;
      const cost = costMicros === undefined ? {} : { costMicros };
      return { id: body.id, state, output: { image, engine: "fashn" }, ...cost };
    }
    if (state === "failed" || state === "canceled") {
      const { name = "Canceled", message = "The prediction was canceled." } = body.error ?? {};
      return { id: body.id, state, failure: { code: snakeCase(name), message } };
    }
    return { id: body.id, state };
  };

  return {
    name: "fashn",
    outputHosts: settings.outputHosts,
    does: (operation) => operation === "try-on",
    async create({ input, model, webhookUrl }) {
      const { person_image: model_image, garment_image } = input;
      const told = webhookUrl ? `?webhook_url=${encodeURIComponent(webhookUrl)}` : "";
      const { id } = read(
        started,
        await callProvider(api, "POST", `/v1/run${told}`, {
          model_name: model ?? "tryon-v1.6",
          inputs: { model_image, garment_image },
        }),
      );
      return { id, state: "starting" };
    },
    get,
    // FASHN cannot cancel; what arrives too late is recorded and not charged.
    cancel: () => Promise.resolve(),
    webhookUrlFor: (base, predictionId) =>
      signedWebhookUrl(base, predictionId, settings.webhookSecret),
    async readWebhook({ url, rawBody }) {
      const predictionId = await predictionOfAddress(url, settings.webhookSecret);
      const { id } = read(started, parseJson(rawBody));
      return { predictionId, prediction: await get(id) };
    },
  };
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid("FASHN answered in an unknown form.", parsed.error);
  return parsed.data;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalid("FASHN sent something else than JSON.", cause);
  }
}

function invalid(message: string, cause?: unknown): ProviderError {
  return new ProviderError("output_invalid", message, { transient: false, cause });
}

/** `ImageLoadError` becomes `image_load_error`. */
function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase().replace(/[^a-z0-9_]/g, "_")
    .slice(0, 64);
}
