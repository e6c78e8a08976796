import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { type Route, route } from "../../http/route.ts";
import { type OperationName, operationNames } from "../operations/chain.ts";

const operation = z.enum(operationNames as [OperationName, ...OperationName[]]);

const cost = z.object({
  cost_id: z.uuid(),
  provider: z.string(),
  operation: z.string(),
  cost_micros: z.int().describe("Millionths of the currency, for one operation"),
  currency: z.string(),
  effective_date: z.string().describe("From this day on, until the next one's"),
  is_active: z.boolean().describe("False: taken back"),
  created_at: z.string(),
});

const margin = z.object({
  operation: z.string(),
  credits: z.int().describe("Its price"),
  value_micros: z.int().nullable().describe("What they bring, in millionths of a US dollar"),
  provider: z.string().nullable(),
  cost_micros: z.int().nullable().describe("What the provider takes today"),
  margin_micros: z.int().nullable(),
});

const costs = z.object({ costs: z.array(cost), margins: z.array(margin) });

const limit = { calls: 60, seconds: 60 };

const list = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "DTF Editor: what providers take for operations, and what each operation leaves.",
  limit,
  examples: { "All of them": {} },
  answers: { 200: costs },
  async handle({ db }) {
    return { status: 200, body: readAnswer(costs, await db.rpc("dtf", "costs", {})) };
  },
});

const put = route({
  method: "PUT",
  path: "/",
  auth: "admin",
  summary:
    "DTF Editor: what a provider takes for an operation from a day on. What was done keeps its cost.",
  limit,
  body: z.strictObject({
    provider: z.string().regex(/^[a-z][a-z0-9_-]{1,31}$/, "A provider's name, such as replicate."),
    operation,
    cost_micros: z.int().min(0).max(1_000_000_000_000).describe("Millionths of the currency"),
    currency: z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals.").default("USD"),
    effective_date: z.iso.date().describe("Today (UTC) or later"),
  }),
  examples: {
    "An enlargement": {
      body: {
        provider: "replicate",
        operation: "upscale",
        cost_micros: 2500,
        effective_date: "2099-01-01",
      },
    },
  },
  answers: { 200: cost },
  async handle({ db, body }) {
    return { status: 200, body: readAnswer(cost, await db.rpc("dtf", "put_cost", body)) };
  },
});

const withdraw = route({
  method: "DELETE",
  path: "/:id",
  auth: "admin",
  summary: "DTF Editor: take a cost back, as if it had never been written. Operations keep theirs.",
  limit,
  params: z.object({ id: z.uuid() }),
  examples: { "One that was wrong": { params: { id: exampleIds.cost } } },
  answers: { 200: cost },
  async handle({ db, params: { id } }) {
    const answer = await db.rpc("dtf", "withdraw_cost", { cost_id: id });
    return { status: 200, body: readAnswer(cost, answer) };
  },
});

/** What providers cost, for DTF Editor's admins. */
export const costRoutes: Route[] = [list, put, withdraw];
