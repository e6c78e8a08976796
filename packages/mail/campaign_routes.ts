import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import type { Json } from "../database/types.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import { validated } from "../http/validate.ts";
import { templateName } from "./template_routes.ts";

/** How each product's audience may be filtered, by product. */
export type Audiences = Readonly<Record<string, z.ZodType<Record<string, unknown>>>>;

const campaign = z.object({
  campaign_id: z.uuid(),
  product: z.string(),
  name: z.string(),
  template: z.string(),
  template_version: z.int().nullable().describe("Fixed when the campaign is scheduled"),
  audience: z.record(z.string(), z.unknown()),
  variables: z.record(z.string(), z.unknown()),
  per_minute: z.int(),
  state: z.enum(["draft", "scheduled", "sending", "completed", "cancelled"]),
  reason: z.string().nullable(),
  recipients: z.int().nullable().describe("How many messages were queued"),
  scheduled_at: z.string().nullable(),
  queued_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  created_at: z.string(),
});

const counted = campaign.extend({
  messages: z.record(z.string(), z.int()).describe("How many are in each state"),
  opened: z.int(),
  clicked: z.int(),
  unsubscribed: z.int(),
});

const reach = z.object({ people: z.int(), reachable: z.int() });

const params = z.object({ id: z.uuid() });
const example = { params: { id: exampleIds.campaign } };
const filter = z.record(z.string(), z.unknown())
  .describe("Whom the campaign is for; everybody when empty. What may be asked is the product's");

/** Campaigns: admins draft, count, schedule, watch and cancel them. */
export function campaignRoutes(audiences: Audiences): Route[] {
  const typed = (product: string, audience: unknown): Record<string, Json> => {
    const shape = audiences[product];
    if (!shape) {
      throw problem("unknown_product", "No product with this name has campaigns.", {
        extra: { field: "product" },
      });
    }
    const valid = validated(z.object({ audience: shape }), { audience }).audience;
    return z.record(z.string(), z.json()).parse(valid);
  };
  return [list, draft(typed), count(typed), read, schedule, cancel];
}

type TypedAudience = (product: string, audience: unknown) => Record<string, Json>;

const list = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "A product's campaigns, newest first, 50 at a time.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({
    product: productName,
    before: z.iso.datetime({ offset: true }).optional(),
  }),
  examples: { "Of MODERA": { query: { product: "modera" } } },
  answers: { 200: z.object({ campaigns: z.array(campaign) }) },
  async handle({ db, query: { product, before = null } }) {
    const answer = await db.rpc("api", "campaigns", { product, before });
    return { status: 200, body: { campaigns: readAnswer(z.array(campaign), answer) } };
  },
});

const draft = (typed: TypedAudience): Route =>
  route({
    method: "POST",
    path: "/",
    auth: "admin",
    summary: "Draft a campaign. Nobody gets it before it is scheduled.",
    limit: { calls: 60, seconds: 60 },
    examples: {
      "For those who read English": {
        body: {
          product: "modera",
          name: "Spring",
          template: exampleIds.template,
          audience: { languages: ["en"] },
          variables: { offer: "Twenty credits for the price of ten" },
          per_minute: 600,
        },
      },
    },
    body: z.strictObject({
      product: productName,
      name: z.string().trim().min(1).max(120),
      template: templateName,
      audience: filter.default({}),
      variables: z.record(z.string(), z.string().max(2000)).default({})
        .describe("Values for everybody; a person's own come before them"),
      per_minute: z.int().min(1).max(60_000).default(600).describe("Messages each minute at most"),
    }),
    answers: { 201: campaign },
    async handle({ db, body }) {
      const audience = typed(body.product, body.audience);
      const answer = await db.rpc("api", "draft_campaign", { ...body, audience });
      return { status: 201, body: readAnswer(campaign, answer) };
    },
  });

const count = (typed: TypedAudience): Route =>
  route({
    method: "POST",
    path: "/audience",
    auth: "admin",
    summary: "How many people a filter means, and how many of them would be written to.",
    limit: { calls: 60, seconds: 60 },
    examples: { Everybody: { body: { product: "modera", audience: {} } } },
    body: z.strictObject({ product: productName, audience: filter.default({}) }),
    answers: { 200: reach },
    async handle({ db, body: { product, audience } }) {
      const args = { product, audience: typed(product, audience) };
      const answer = await db.rpc("api", "count_audience", args);
      return { status: 200, body: readAnswer(reach, answer) };
    },
  });

const read = route({
  method: "GET",
  path: "/:id",
  auth: "admin",
  summary: "A campaign, with what became of its messages so far.",
  limit: { calls: 240, seconds: 60 },
  params,
  examples: { "A draft": example },
  answers: { 200: counted },
  async handle({ db, params }) {
    const answer = await db.rpc("api", "campaign", { campaign_id: params.id });
    return { status: 200, body: readAnswer(counted, answer) };
  },
});

const schedule = route({
  method: "POST",
  path: "/:id/schedule",
  auth: "admin",
  summary: "Send a campaign at a time, or now. Each person gets it once, whatever happens.",
  limit: { calls: 60, seconds: 60 },
  params,
  examples: { "At a time": { ...example, body: { at: "2999-03-01T09:00:00Z" } } },
  body: z.strictObject({ at: z.iso.datetime({ offset: true }).optional() }),
  answers: { 202: campaign },
  async handle({ db, params, body }) {
    const args = { campaign_id: params.id, run_at: body.at ?? null };
    const answer = await db.rpc("api", "schedule_campaign", args);
    return { status: 202, body: readAnswer(campaign, answer) };
  },
});

const cancel = route({
  method: "POST",
  path: "/:id/cancel",
  auth: "admin",
  summary: "Send no more of a campaign. May be repeated.",
  limit: { calls: 60, seconds: 60 },
  params,
  examples: { "A draft": example },
  answers: { 200: campaign },
  async handle({ db, params }) {
    const answer = await db.rpc("api", "cancel_campaign", { campaign_id: params.id });
    return { status: 200, body: readAnswer(campaign, answer) };
  },
});
