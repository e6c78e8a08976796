import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import type { TryOn, TryOnProduct } from "./product.ts";
import type { EnsureReady } from "./provider_ready.ts";

const path = z.string().min(1).max(1024);

const startBody = z.strictObject({
  product: productName,
  person_path: path.describe("A picture of a person, in the caller's own Storage folder"),
  garment_path: path.describe("A picture of a garment, in the caller's own Storage folder"),
  session_id: z.uuid().optional().describe("An active session of the caller; else a new one"),
});

const started = z.object({
  try_on_id: z.uuid(),
  session_id: z.uuid(),
  status: z.string(),
  credits_held: z.int(),
});

const score = z.number().min(0).max(1).nullable();

const found = started.extend({
  credits_used: z.int(),
  result_url: z.url().nullable().describe("Serves the picture for ten minutes"),
  fit_analysis: z.record(z.string(), z.unknown()).nullable(),
  quality_score: score,
  confidence_score: score,
  engine: z.string().nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  completed_at: z.string().nullable(),
});

/**
 * `POST /` begins a try-on of one of the products, `GET /:id` tells how it stands.
 *
 * @param ensureReady is asked before anything is held.
 */
export function tryOnRoutes(products: readonly TryOnProduct[], ensureReady: EnsureReady): Route[] {
  const offering = (name: string): TryOnProduct => {
    const product = products.find((known) => known.product === name);
    if (product) return product;
    throw problem("unknown_product", "No product with this name offers try-ons.", {
      extra: { field: "product" },
    });
  };
  return [startRoute(offering, ensureReady), readRoute(offering, products[0]?.product ?? "")];
}

type Offering = (name: string) => TryOnProduct;

function startRoute(offering: Offering, ensureReady: EnsureReady): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Try a garment on: holds its price, charges it when the picture is there.",
    idempotent: true,
    limit: { calls: 30, seconds: 60 },
    examples: {
      "Two pictures of one's own": {
        body: {
          product: "modera",
          person_path: `${exampleIds.user}/me.png`,
          garment_path: `${exampleIds.user}/shirt.png`,
        },
      },
    },
    body: startBody,
    answers: { 202: started },
    async handle({ db, body, idempotencyKey, log }) {
      const product = offering(body.product);
      await ensureReady();
      const { tryOnId, sessionId, status, creditsHeld } = await product.start(db, {
        personPath: body.person_path,
        garmentPath: body.garment_path,
        idempotencyKey,
        ...(body.session_id ? { sessionId: body.session_id } : {}),
      });
      log.info("try_on", { product: product.product, try_on_id: tryOnId });
      return {
        status: 202,
        headers: { Location: tryOnId },
        body: { try_on_id: tryOnId, session_id: sessionId, status, credits_held: creditsHeld },
      };
    },
  });
}

function readRoute(offering: Offering, defaultProduct: string): Route {
  return route({
    method: "GET",
    path: "/:id",
    auth: "user",
    summary: "How one of the caller's try-ons stands, with its picture once there is one.",
    limit: { calls: 300, seconds: 60 },
    examples: {
      "How it stands": { params: { id: exampleIds.tryOn }, query: { product: "modera" } },
    },
    params: z.object({ id: z.uuid() }),
    query: z.strictObject({ product: productName.default(defaultProduct) }),
    answers: { 200: found },
    async handle({ db, params, query }) {
      return { status: 200, body: shown(await offering(query.product).read(db, params.id)) };
    },
  });
}

function shown(tryOn: TryOn): z.infer<typeof found> {
  return {
    try_on_id: tryOn.tryOnId,
    session_id: tryOn.sessionId,
    status: tryOn.status,
    credits_held: tryOn.creditsHeld,
    credits_used: tryOn.creditsUsed,
    result_url: tryOn.resultUrl,
    fit_analysis: tryOn.fitAnalysis,
    quality_score: tryOn.qualityScore,
    confidence_score: tryOn.confidenceScore,
    engine: tryOn.engine,
    failure: tryOn.failure,
    created_at: tryOn.createdAt,
    expires_at: tryOn.expiresAt,
    completed_at: tryOn.completedAt,
  };
}
