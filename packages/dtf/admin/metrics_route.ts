import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { type Route, route } from "../../http/route.ts";

const metrics = z.object({
  from: z.string(),
  to: z.string(),
  time_zone: z.string(),
  operations: z.array(z.object({
    operation: z.string(),
    ended: z.int(),
    completed: z.int(),
    failed: z.int(),
    failures: z.record(z.string(), z.int()).describe("How many by each code"),
    seconds: z.object({ median: z.number().nullable(), p95: z.number().nullable() }),
    credits: z.int().describe("Charged"),
    value_micros: z.int().nullable().describe("What they brought, in millionths of a US dollar"),
    priced: z.int().describe("Those whose cost is known"),
    cost_micros: z.int(),
    margin_micros: z.int().nullable(),
  })),
  queue: z.object({
    pending: z.int(),
    processing: z.int(),
    oldest_seconds: z.int().nullable(),
  }).describe("Now"),
  spend: z.array(z.object({
    provider: z.string(),
    currency: z.string(),
    calls: z.int(),
    failed: z.int(),
    cost_micros: z.int(),
  })).describe("What providers took, failures too"),
  uploads: z.int(),
  people: z.object({
    new: z.int(),
    active: z.int().describe("Who came, uploaded, downloaded or deleted"),
  }),
});

/** `GET /?from&to`: how operations went in a range of days, for DTF Editor's admins. */
export const metricsRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "DTF Editor: how operations went in a range of days: counts, times, failures, spend.",
  limit: { calls: 60, seconds: 60 },
  query: z.strictObject({
    from: z.iso.date().describe("The first day"),
    to: z.iso.date().describe("The last day, included; 366 days at most"),
    time_zone: z.string().max(64).default("UTC").describe("Where the days begin and end"),
  }),
  examples: { "A week": { query: { from: "2026-01-05", to: "2026-01-11" } } },
  answers: { 200: metrics },
  async handle({ db, query: { from, to, time_zone } }) {
    const answer = await db.rpc("dtf", "metrics", { first_day: from, last_day: to, time_zone });
    return { status: 200, body: readAnswer(metrics, answer) };
  },
});
