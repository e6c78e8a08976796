import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { z } from "zod";
import { problem } from "../http/problem.ts";
import type { Prediction, PredictionFailure, PredictionOutput } from "./prediction.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { callProvider, type ProviderApi } from "./provider_http.ts";
import { predictionOfAddress, signedWebhookUrl } from "./webhook_address.ts";

/** Settings of a provider that speaks Replicate's HTTP API: Replicate itself, or the local imaging engine. */
export interface ReplicateSettings {
  /** E.g. `https://api.replicate.com`. */
  baseUrl: string;
  token: string;
  /** The signing secret of its webhooks, `whsec_…`. */
  webhookSecret: string;
  /** For each operation, the model: `owner/name`, or a version id. */
  models: Record<string, string | undefined>;
  /** Operations that it does although no model is set for them here: the product names one. */
  namedByProducts?: readonly string[];
  /** Hosts that serve outputs, besides the API's own. */
  outputHosts?: string[];
  /** What a second of its work costs, in millionths of a US dollar; without it, costs are not known. */
  microsPerSecond?: number;
}

const made = z.union([
  z.url().transform((image) => ({ image })),
  z.array(z.url()).min(1).transform(([image]) => ({ image: image! })),
  z.looseObject({
    image: z.url().optional(),
    preview: z.url().optional(),
    measures: z.record(z.string(), z.unknown()).optional(),
    analysis: z.record(z.string(), z.unknown()).optional(),
    engine: z.string().optional(),
    model: z.string().optional(),
    fit_analysis: z.record(z.string(), z.unknown()).optional(),
    quality_score: z.number().min(0).max(1).optional(),
    confidence_score: z.number().min(0).max(1).optional(),
  }).refine(({ image, analysis }) => image ?? analysis, "Neither a picture nor an analysis."),
]);

const answer = z.object({
  id: z.string().min(1),
  status: z.enum(["starting", "processing", "succeeded", "failed", "canceled", "aborted"]),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  metrics: z.object({ predict_time: z.number().min(0).optional() }).optional().catch(undefined),
});

/**
 * Replicate's HTTP API. Webhooks are signed as it documents (Standard Webhooks: id, timestamp and body, five minutes' tolerance):
 * https://replicate.com/docs/topics/webhooks/verify-webhook
 */
export function replicate(settings: ReplicateSettings): PredictionProvider {
  const api: ProviderApi = { name: "Replicate", baseUrl: settings.baseUrl, token: settings.token };
  const engine = new URL(settings.baseUrl).host;

  const read = (body: unknown): Prediction => {
    const parsed = answer.safeParse(body);
    if (!parsed.success) {
      throw new ProviderError("output_invalid", "Replicate answered in an unknown form.", {
        transient: false,
        cause: parsed.error,
      });
    }
    const { id, status, output, error, metrics } = parsed.data;
    const state = status === "aborted" ? "canceled" : status;
    const cost = costOf(metrics?.predict_time, settings.microsPerSecond);
    if (state === "succeeded") return { id, state, output: readOutput(output, engine), ...cost };
    if (state === "failed" || state === "canceled") {
      return { id, state, failure: readFailure(error, state), ...cost };
    }
    return { id, state };
  };

  return {
    name: "replicate",
    outputHosts: [engine, ...settings.outputHosts ?? []],
    does: (operation) =>
      (settings.namedByProducts?.includes(operation) ?? false) ||
      Boolean(settings.models[operation]),
    async create({ operation, input, model = settings.models[operation], webhookUrl }) {
      if (!model) {
        throw new ProviderError("provider_unavailable", `No model is set for ${operation}.`, {
          transient: false,
        });
      }
      const request = {
        input,
        ...(webhookUrl ? { webhook: webhookUrl, webhook_events_filter: ["completed"] } : {}),
      };
      return read(
        model.includes("/")
          ? await callProvider(api, "POST", `/v1/models/${model}/predictions`, request)
          : await callProvider(api, "POST", "/v1/predictions", { version: model, ...request }),
      );
    },
    async get(id) {
      return read(await callProvider(api, "GET", `/v1/predictions/${encodeURIComponent(id)}`));
    },
    async cancel(id) {
      await callProvider(api, "POST", `/v1/predictions/${encodeURIComponent(id)}/cancel`).catch(
        (error) => {
          if (error instanceof ProviderError && !error.transient) return;
          throw error;
        },
      );
    },
    webhookUrlFor: (base, predictionId) =>
      signedWebhookUrl(base, predictionId, settings.webhookSecret),
    async readWebhook({ url, headers, rawBody }) {
      const predictionId = await predictionOfAddress(url, settings.webhookSecret);
      try {
        const body = new Webhook(settings.webhookSecret).verify(
          new TextDecoder().decode(rawBody),
          Object.fromEntries(headers),
        );
        return { predictionId, prediction: read(body) };
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        throw problem("invalid_signature", "This was not signed by the provider.", {
          cause: error,
        });
      }
    },
  };
}

/** Replicate bills the time that its hardware runs: https://replicate.com/pricing. */
function costOf(seconds: number | undefined, microsPerSecond: number | undefined) {
  return seconds === undefined || microsPerSecond === undefined
    ? {}
    : { costMicros: Math.round(seconds * microsPerSecond) };
}

function readOutput(output: unknown, engine: string): PredictionOutput {
  const parsed = made.safeParse(output);
  if (!parsed.success) {
    throw new ProviderError(
      "output_invalid",
      "Replicate's output is neither a picture nor an analysis.",
      {
        transient: false,
        cause: parsed.error,
      },
    );
  }
  return {
    engine,
    ...Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined)),
  } as
    & { engine: string }
    & PredictionOutput;
}

/** Engines of ours say `code: sentence`; models of others say what they like. */
function readFailure(error: unknown, state: "failed" | "canceled"): PredictionFailure {
  if (state === "canceled") {
    return { code: "prediction_canceled", message: "The prediction was canceled." };
  }
  const text = typeof error === "string" ? error : "The provider gave no reason.";
  const [, code, message] = /^([a-z][a-z0-9_]{2,63}): (.+)$/s.exec(text) ?? [];
  return code && message
    ? { code, message }
    : { code: "prediction_failed", message: text.slice(0, 500) };
}
