import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import { planRoutes } from "./plan_routes.ts";

const offerCode = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "An offer's code.");
const currency = z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.");

const onSale = z.object({
  offers: z.array(z.object({
    offer: z.string(),
    title: z.string(),
    kind: z.enum(["pack", "plan"]).describe("A pack is bought once; a plan is paid by the month"),
    currency: z.string(),
    amount: z.int().describe("Minor units"),
    credits: z.int(),
    valid_for: z.string().nullable(),
    provider: z.string().describe("Through whom it is paid"),
  })),
  plans: z.array(z.object({
    plan: z.string(),
    title: z.string(),
    description: z.string(),
    rolls_over_days: z.int().describe("How long a month's credits outlast it"),
    prices: z.array(z.object({ currency: z.string(), amount: z.int(), credits: z.int() }))
      .describe("By the month, in minor units; none: free"),
  })).describe("What can be subscribed to, the lowest first"),
  rates: z.record(z.string(), z.int()).describe("What each feature costs, in credits"),
});

const price = z.object({
  price_id: z.uuid(),
  product: z.string(),
  offer: z.string(),
  title: z.string(),
  currency: z.string(),
  amount: z.int(),
  credits: z.int(),
  valid_for_days: z.int().nullable(),
  active_from: z.string(),
});

const rate = z.object({
  product: z.string(),
  feature: z.string(),
  credits: z.int(),
  active_from: z.string(),
});

const offer = z.object({ product: z.string(), offer: z.string(), active: z.boolean() });

const readRoute = route({
  method: "GET",
  path: "/",
  auth: "anyone",
  summary: "What a product sells now, and what its features cost.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({ product: productName }),
  examples: { "MODERA's": { query: { product: "modera" } } },
  answers: { 200: onSale },
  async handle({ service, query: { product } }) {
    const [offers, plans, rates] = await Promise.all([
      service.rpc("api", "live_prices", { product }),
      service.rpc("api", "live_plans", { product }),
      service.rpc("api", "live_rates", { product }),
    ]);
    const body = readAnswer(onSale, { offers, plans, rates });
    if (body.offers.length === 0 && Object.keys(body.rates).length === 0) {
      throw problem("unknown_product", "No product with this name sells anything.", {
        extra: { field: "product" },
      });
    }
    return { status: 200, body };
  },
});

const priceRoute = route({
  method: "PUT",
  path: "/prices",
  auth: "admin",
  summary: "Publish a price: the version before it is retired, what was invoiced stays as it was.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "The basic pack at its price": {
      body: { product: "modera", offer: "basic", currency: "USD", amount: 499, credits: 50 },
    },
  },
  body: z.strictObject({
    product: productName,
    offer: offerCode,
    currency,
    amount: z.int().min(1).max(9_999_999_999).describe("Minor units"),
    credits: z.int().min(1).max(1_000_000_000),
    title: z.string().min(1).max(200).optional(),
    valid_for_days: z.int().min(1).max(36_500).optional()
      .describe("How long the credits can be spent; without it, for ever"),
  }),
  answers: { 200: price },
  async handle({ db, body }) {
    const { title = null, valid_for_days = null, ...terms } = body;
    const answer = await db.rpc("api", "publish_price", { ...terms, title, valid_for_days });
    return { status: 200, body: readAnswer(price, answer) };
  },
});

const rateRoute = route({
  method: "PUT",
  path: "/rates",
  auth: "admin",
  summary: "Publish what a feature costs; what was held before keeps its price.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "A try-on at its price": { body: { product: "modera", feature: "tryon", credits: 3 } },
  },
  body: z.strictObject({
    product: productName,
    feature: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, "A feature's name."),
    credits: z.int().min(1).max(1_000_000),
  }),
  answers: { 200: rate },
  async handle({ db, body }) {
    return { status: 200, body: readAnswer(rate, await db.rpc("api", "publish_rate", body)) };
  },
});

const retireRoute = route({
  method: "DELETE",
  path: "/offers/:offer",
  auth: "admin",
  summary:
    "Stop the sale of an offer until a price is published again. Open invoices stay payable.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "A pack of the season": { params: { offer: exampleIds.offer }, query: { product: "modera" } },
  },
  params: z.object({ offer: offerCode }),
  query: z.strictObject({ product: productName }),
  answers: { 200: offer },
  async handle({ db, params, query }) {
    const answer = await db.rpc("api", "retire_offer", { product: query.product, ...params });
    return { status: 200, body: readAnswer(offer, answer) };
  },
});

/** The catalogue: everybody reads it, the product's admins publish in it, all of it audited. */
export const catalogueRoutes: Route[] = [
  readRoute,
  priceRoute,
  rateRoute,
  retireRoute,
  ...planRoutes,
];
