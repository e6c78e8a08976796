import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";

const state = z.enum([
  "queued",
  "sending",
  "sent",
  "delivered",
  "opened",
  "clicked",
  "bounced",
  "complained",
  "failed",
  "suppressed",
  "uncertain",
  "cancelled",
]);

const message = z.object({
  message_id: z.uuid(),
  person: z.uuid(),
  to: z.string().nullable().describe("Null once the person is erased"),
  topic: z.string().nullable().describe("What a notice was about; null for campaigns"),
  campaign_id: z.uuid().nullable(),
  template_id: z.uuid().nullable().describe("Null: the built-in words"),
  template_version: z.int().nullable(),
  state,
  reason: z.string().nullable(),
  created_at: z.string(),
  sent_at: z.string().nullable(),
  delivered_at: z.string().nullable(),
  opened_at: z.string().nullable(),
  clicked_at: z.string().nullable(),
  bounced_at: z.string().nullable(),
  complained_at: z.string().nullable(),
});

const list = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "A product's e-mails and what became of them, newest first, 50 at a time.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({
    product: productName,
    person: z.uuid().optional(),
    campaign_id: z.uuid().optional(),
    state: state.optional(),
    before: z.iso.datetime({ offset: true }).optional().describe("The last one's created_at"),
  }),
  examples: { "To somebody": { query: { product: "modera", person: exampleIds.user } } },
  answers: { 200: z.object({ messages: z.array(message) }) },
  async handle({ db, query }) {
    const { product, person = null, campaign_id = null, state = null, before = null } = query;
    const args = { product, person, campaign_id, state, before };
    const answer = await db.rpc("api", "mails", args);
    return { status: 200, body: { messages: readAnswer(z.array(message), answer) } };
  },
});

/** What became of e-mails, for admins. */
export const logRoutes: Route[] = [list];
