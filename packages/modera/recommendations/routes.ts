import { z } from "zod";
import { productName } from "../../credits/shapes.ts";
import { readAnswer } from "../../database/answer.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { problem } from "../../http/problem.ts";
import { type Route, route } from "../../http/route.ts";
import type { RecommendationLinks } from "./link.ts";
import { recommend } from "./recommend.ts";
import { type Recommendation, recommendation, recommended } from "./shapes.ts";
import { currencyMissing, namesCurrency, wishes } from "./wishes.ts";

const body = z.strictObject({
  product: productName,
  analysis_id: z.uuid().describe("A completed style analysis of the caller"),
  ...wishes,
  max_price: z.int().positive().optional().describe("Minor units of currency"),
  limit: z.int().min(1).max(50).default(10),
}).refine(namesCurrency, currencyMissing);

const shown = recommendation.extend({
  link: z.url().describe("Leads to the shop, through us: for a person to follow"),
});

const page = z.object({
  recommendations: z.array(recommendation),
  next_cursor: z.uuid().nullable(),
});

/**
 * A person's recommendations: paid for (`POST /`), listed (`GET /`), seen (`POST /viewed`) and kept
 * for later (`PATCH /:id`).
 */
export function recommendationRoutes(links: RecommendationLinks): Route[] {
  const show = async (one: Recommendation) => ({
    ...one,
    link: await links.of(one.recommendation_id),
  });
  return [recommendRoute(show), listRoute(show), viewedRoute, saveRoute(show)];
}

type Show = (one: Recommendation) => Promise<z.infer<typeof shown>>;

function recommendRoute(show: Show): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Recommend partners' products by a style analysis; charged when there are some.",
    idempotent: true,
    limit: { calls: 30, seconds: 60 },
    examples: {
      "Dresses up to 100 dollars": {
        body: {
          product: "modera",
          analysis_id: exampleIds.analysis,
          category: "dresses",
          currency: "USD",
          max_price: 10_000,
        },
      },
    },
    body,
    answers: { 201: recommended.extend({ recommendations: z.array(shown) }) },
    async handle({ db, service, userId, body: { product, ...request }, idempotencyKey }) {
      if (product !== "modera") {
        throw problem("unknown_product", "No product with this name recommends anything.", {
          extra: { field: "product" },
        });
      }
      const made = await recommend({ db, service, userId }, request, idempotencyKey);
      const recommendations = await Promise.all(made.recommendations.map(show));
      return { status: 201, body: { ...made, recommendations } };
    },
  });
}

function listRoute(show: Show): Route {
  return route({
    method: "GET",
    path: "/",
    auth: "user",
    summary: "The caller's recommendations, the newest request first, its best product first.",
    limit: { calls: 120, seconds: 60 },
    examples: {
      "All of them": {},
      "Those of an analysis": { query: { analysis_id: exampleIds.analysis, page_size: 10 } },
    },
    query: z.strictObject({
      analysis_id: z.uuid().optional(),
      cursor: z.uuid().optional(),
      page_size: z.coerce.number().int().min(1).max(100).default(20),
    }),
    answers: { 200: page.extend({ recommendations: z.array(shown) }) },
    async handle({ db, query: { analysis_id = null, cursor = null, page_size } }) {
      const args = { style_analysis_id: analysis_id, cursor, page_size };
      const found = readAnswer(page, await db.rpc("modera", "list_recommendations", args));
      const recommendations = await Promise.all(found.recommendations.map(show));
      return { status: 200, body: { ...found, recommendations } };
    },
  });
}

const viewedRoute = route({
  method: "POST",
  path: "/viewed",
  auth: "user",
  summary: "The caller has seen these of their recommendations.",
  limit: { calls: 120, seconds: 60 },
  examples: { "One of them": { body: { recommendation_ids: [exampleIds.recommendation] } } },
  body: z.strictObject({ recommendation_ids: z.array(z.uuid()).min(1).max(100) }),
  answers: { 200: z.object({ viewed: z.int().describe("How many were seen the first time") }) },
  async handle({ db, body }) {
    const answer = await db.rpc("modera", "view_recommendations", body);
    return { status: 200, body: readAnswer(z.object({ viewed: z.int() }), answer) };
  },
});

function saveRoute(show: Show): Route {
  return route({
    method: "PATCH",
    path: "/:id",
    auth: "user",
    summary: "Keep a recommendation for later, or no more.",
    limit: { calls: 120, seconds: 60 },
    examples: {
      "For later": { params: { id: exampleIds.recommendation }, body: { saved: true } },
    },
    params: z.object({ id: z.uuid() }),
    body: z.strictObject({ saved: z.boolean() }),
    answers: { 200: shown },
    async handle({ db, params, body }) {
      const args = { recommendation_id: params.id, saved: body.saved };
      const answer = await db.rpc("modera", "save_recommendation", args);
      return { status: 200, body: await show(readAnswer(recommendation, answer)) };
    },
  });
}
