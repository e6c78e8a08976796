import { z } from "zod";
import { problem } from "../http/problem.ts";
import { type Route, route, type RouteContext } from "../http/route.ts";
import type { PredictionDeps, PredictionKind } from "./kind.ts";
import { isTerminal } from "./prediction.ts";
import type { Predictions } from "./predictions.ts";
import type { PredictionProvider, WebhookNews } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { settle } from "./settle.ts";

const query = z.strictObject({
  prediction: z.string(),
  kind: z.string().max(64),
  token: z.string(),
  traceparent: z.string().max(64).optional(),
});

const answer = z.object({ received: z.literal(true), state: z.string() });

/** Predictions carry addresses of files, and logs. */
const maxWebhookBytes = 1024 * 1024;

/**
 * `POST /?prediction&kind&token`: a provider tells how a prediction stands. Repeated and late
 * messages are taken; a fault that may pass is a 5xx, so that the provider tells again.
 */
export function predictionWebhookRoute(
  predictions: Predictions,
  kinds: readonly PredictionKind[],
): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "signature",
    summary: "A provider's word on a prediction, signed.",
    maxBodyBytes: maxWebhookBytes,
    query,
    answers: { 200: answer },
    async handle(context) {
      const kind = kinds.find((known) => known.kind === context.query.kind);
      if (!kind) throw problem("not_found", "There is no such kind of prediction.");
      const provider = predictions.providerOf(kind.operation);
      const news = await readNews(provider, context);
      if (!news) return { status: 200, body: { received: true, state: "unreadable" } };
      const deps = predictions.depsFor(context.service, provider);
      const state = await take(provider, kind, news, deps).catch(asProblem);
      context.log.info("prediction", { prediction_id: news.predictionId, state });
      return { status: 200, body: { received: true, state } };
    },
  });
}

/** What the provider says; undefined when it is the provider but makes no sense, now or ever. */
async function readNews(
  provider: PredictionProvider,
  { request, rawBody, log }: Pick<RouteContext, "request" | "rawBody" | "log">,
): Promise<WebhookNews | undefined> {
  const { headers } = request;
  try {
    return await provider.readWebhook({ url: new URL(request.url), headers, rawBody });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.transient) return asProblem(error);
    // The job that looks after the prediction asks again, and fails it if that is what it comes to.
    log.warn("webhook_unreadable", { error });
    return undefined;
  }
}

async function take(
  provider: PredictionProvider,
  kind: PredictionKind,
  { predictionId, prediction }: WebhookNews,
  deps: PredictionDeps,
): Promise<string> {
  const { providerPredictionId } = await kind.submission(deps, predictionId);
  if (providerPredictionId === undefined) {
    // The answer to our request is still on its way, or was lost: this is the first word of it.
    await kind.submitted(deps, predictionId, provider.name, prediction.id);
  } else if (providerPredictionId !== prediction.id) {
    throw problem("invalid_signature", "The message is about another prediction.");
  }
  if (isTerminal(prediction.state)) await settle(kind, deps, predictionId, prediction);
  return prediction.state;
}

/** The provider tells again after a 503. */
function asProblem(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  throw problem("provider_unavailable", "The provider does not answer.", { cause: error });
}
