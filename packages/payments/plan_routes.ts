import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";

const planCode = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "A plan's code.");
const currency = z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.");

const plan = z.object({
  product: z.string(),
  plan: z.string(),
  title: z.string(),
  description: z.string(),
  rank: z.int().describe("A change to a higher one is an upgrade"),
  rolls_over_days: z.int().describe("How long a month's credits outlast it"),
  active: z.boolean().describe("False: nobody subscribes to it any more; who is on it stays"),
  version: z.int(),
  updated_at: z.string(),
  subscribers: z.int(),
  prices: z.array(z.object({
    price_id: z.uuid(),
    currency: z.string(),
    amount: z.int().describe("By the month, in minor units"),
    credits: z.int(),
    active_from: z.string(),
    retired_at: z.string().nullable().describe("Null: it is the live one of its currency"),
  })).describe("Every version, the latest first"),
});

const list = route({
  method: "GET",
  path: "/plans",
  auth: "admin",
  summary: "A product's plans with every version of their prices, and how many enjoy each.",
  limit: { calls: 60, seconds: 60 },
  query: z.strictObject({ product: productName }),
  examples: { "All of them": { query: { product: "dtf" } } },
  answers: { 200: z.object({ plans: z.array(plan) }) },
  async handle({ db, query }) {
    const plans = readAnswer(z.array(plan), await db.rpc("api", "all_plans", query));
    return { status: 200, body: { plans } };
  },
});

const change = route({
  method: "PATCH",
  path: "/plans/:plan",
  auth: "admin",
  summary: "Change a plan: its words, roll-over or price. Who is subscribed stays at their price.",
  limit: { calls: 60, seconds: 60 },
  params: z.object({ plan: planCode }),
  body: z.strictObject({
    product: productName,
    expected_version: z.int32().min(1).describe("The version that was seen"),
    title: z.string().trim().min(1).max(200).optional(),
    description: z.string().trim().max(1000).optional(),
    rolls_over_days: z.int().min(0).max(366).optional()
      .describe("For months that are paid from now on"),
    active: z.boolean().optional(),
    price: z.strictObject({
      currency,
      amount: z.int().min(1).max(9_999_999_999).describe("By the month, in minor units"),
      credits: z.int().min(1).max(1_000_000_000).describe("Of a month"),
    }).optional(),
  }),
  examples: {
    "The free plan's words": {
      params: { plan: "free" },
      body: { product: "dtf", expected_version: 1, title: "Free" },
    },
  },
  answers: { 200: plan },
  async handle({ db, params, body: { product, expected_version, ...change } }) {
    const answer = await db.rpc("api", "change_plan", {
      product,
      ...params,
      expected_version,
      change: JSON.parse(JSON.stringify(change)),
    });
    return { status: 200, body: readAnswer(plan, answer) };
  },
});

/** Plans for a product's admins. */
export const planRoutes: Route[] = [list, change];
