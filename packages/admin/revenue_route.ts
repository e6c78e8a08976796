import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";

const month = z.object({
  month: z.string().describe("In UTC, such as 2026-01"),
  currency: z.string(),
  invoices: z.int().describe("That were paid in it"),
  credits: z.int(),
  gross: z.int().describe("Paid in it, in minor units"),
  refunded: z.int().describe("Of that, what went back since, disputed money included"),
  net: z.int(),
});

const monthName = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, "A month, such as 2026-01.");

/** `GET /?from&to`: what was paid month by month, each currency apart, for a product's admins. */
export const revenueRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "What was paid month by month, each currency apart, the latest month first.",
  limit: { calls: 60, seconds: 60 },
  query: z.strictObject({
    product: productName,
    from: monthName,
    to: monthName.describe("The last month, included; five years at most"),
  }),
  examples: { "A year": { query: { product: "modera", from: "2026-01", to: "2026-12" } } },
  answers: { 200: z.object({ months: z.array(month) }) },
  async handle({ db, query: { product, from, to } }) {
    const range = { first_month: `${from}-01`, last_month: `${to}-01` };
    const answer = await db.rpc("api", "revenue_by_month", { product, ...range });
    return { status: 200, body: { months: readAnswer(z.array(month), answer) } };
  },
});
