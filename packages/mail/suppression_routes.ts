import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";

const reason = z.enum(["bounce", "complaint", "unsubscribe"])
  .describe("bounce, complaint: nothing is sent. unsubscribe: no campaigns");

const suppressions = z.array(z.object({
  reason,
  campaign_id: z.uuid().nullable(),
  created_at: z.string(),
}));

const answers = { 200: z.object({ suppressions }) };

/** Addresses are sent in bodies alone: query strings end up in logs. */
const address = { product: productName, address: z.email().max(320) };
const because = z.string().trim().min(1).max(500).describe("Why, for the record");
const example = { product: "modera", address: "kim@example.com" };

const read = route({
  method: "POST",
  path: "/lookup",
  auth: "admin",
  summary: "Why a product does not write to an address; nothing: it does.",
  limit: { calls: 120, seconds: 60 },
  examples: { "An address": { body: example } },
  body: z.strictObject(address),
  answers,
  async handle({ db, body }) {
    const answer = await db.rpc("api", "mail_suppressions", body);
    return { status: 200, body: { suppressions: readAnswer(suppressions, answer) } };
  },
});

const add = route({
  method: "POST",
  path: "/",
  auth: "admin",
  summary: "Unsubscribe an address whose person asked for it some other way. May be repeated.",
  limit: { calls: 60, seconds: 60 },
  examples: { "Asked by telephone": { body: { ...example, because: "Asked by telephone." } } },
  body: z.strictObject({ ...address, because }),
  answers,
  async handle({ db, body }) {
    const answer = await db.rpc("api", "suppress_mail", body);
    return { status: 200, body: { suppressions: readAnswer(suppressions, answer) } };
  },
});

const lift = route({
  method: "POST",
  path: "/lift",
  auth: "admin",
  summary: "Write to an address again: it works again, or its person asked for mail.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "Asked for mail": {
      body: { ...example, reason: "unsubscribe", because: "Asked for mail again." },
    },
  },
  body: z.strictObject({ ...address, reason, because }),
  answers,
  async handle({ db, body }) {
    const answer = await db.rpc("api", "lift_mail_suppression", body);
    return { status: 200, body: { suppressions: readAnswer(suppressions, answer) } };
  },
});

/** Suppressed addresses: admins look one up, add and lift suppressions. */
export const suppressionRoutes: Route[] = [read, add, lift];
