import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";

const summary = z.object({
  from: z.string(),
  to: z.string(),
  time_zone: z.string(),
  revenue: z.array(z.object({
    currency: z.string(),
    invoices: z.int(),
    credits: z.int(),
    gross: z.int().describe("Paid in the range, in minor units"),
    refunded: z.int().describe("Gone back in the range, disputed money included"),
    net: z.int(),
  })),
  commissions: z.array(z.object({
    currency: z.string(),
    booked: z.int(),
    reversed: z.int(),
  })),
  users: z.object({ active: z.int(), new: z.int() }),
  conversion: z.object({
    buyers: z.int().describe("Who bought a pack in the range"),
    tried: z.int().describe("Who of them finished a try-on after it, in the range"),
    rate: z.number().nullable(),
  }),
  sessions: z.object({ opened: z.int(), completed: z.int(), failed: z.int(), expired: z.int() }),
  features: z.array(z.object({
    feature: z.string(),
    uses: z.int(),
    credits: z.int().describe("Charged, less what was given back"),
    value_micros: z.int().nullable().describe("Credits at credit_value"),
    predictions: z.int().describe("Asked of providers, failures included"),
    priced_predictions: z.int().describe("Those of them whose cost is known"),
    cost_micros: z.int(),
    margin_micros: z.int().nullable().describe("value_micros less cost_micros"),
  })),
  credit_value: z.object({
    micros: z.int().nullable().describe("What a credit brings, in millionths of a US dollar"),
    source: z.enum(["sales", "catalogue"]).nullable()
      .describe("The dollar packs sold in the range, else the cheapest one on sale"),
  }),
});

/** `GET /?from&to`: revenue, users, conversion, cost and margin of a range of days, for admins. */
export const summaryRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "What a range of days came to: money by currency, users, conversion, cost and margin.",
  limit: { calls: 60, seconds: 60 },
  query: z.strictObject({
    product: productName.default("modera"),
    from: z.iso.date().describe("The first day"),
    to: z.iso.date().describe("The last day, included; 366 days at most"),
    time_zone: z.string().max(64).default("UTC").describe("Where the days begin and end"),
  }),
  examples: {
    "A week": { query: { from: "2026-01-05", to: "2026-01-11" } },
    "A day in Berlin": {
      query: { from: "2026-01-05", to: "2026-01-05", time_zone: "Europe/Berlin" },
    },
  },
  answers: { 200: summary },
  async handle({ db, query: { product, from, to, time_zone } }) {
    if (product !== "modera") {
      throw problem("unknown_product", "No product with this name has a summary.", {
        extra: { field: "product" },
      });
    }
    const answer = await db.rpc("modera", "summary", { first_day: from, last_day: to, time_zone });
    return { status: 200, body: readAnswer(summary, answer) };
  },
});
