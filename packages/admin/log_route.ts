import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";

const entry = z.object({
  log_id: z.int(),
  at: z.string(),
  actor: z.uuid().nullable().describe("Null: a provider, a job or an operator"),
  actor_role: z.string(),
  action: z.string(),
  subject: z.string().describe("What was acted on, as kind:id"),
  detail: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
});

/** `GET /`: who did what in a product, for its admins. */
export const logRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "Who did what to what in a product, newest first.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({
    product: productName,
    action: z.string().regex(/^[a-z_]+(\.[a-z_]+)*$/, "Such as price.published, or price for all.")
      .max(100).optional(),
    actor: z.uuid().optional(),
    subject: z.string().min(1).max(200).optional().describe("Such as user:<id>"),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional()
      .describe("The next_cursor of an answer"),
    page_size: z.coerce.number().int().min(1).max(100).default(50),
  }),
  examples: {
    "Prices": { query: { product: "modera", action: "price" } },
    "About somebody": { query: { product: "modera", subject: `user:${exampleIds.user}` } },
  },
  answers: { 200: z.object({ entries: z.array(entry), next_cursor: z.string().nullable() }) },
  async handle({ db, query }) {
    const { product, action = null, actor = null, subject = null, cursor = null } = query;
    const { since = null, until = null, page_size } = query;
    const filter = { product, action, actor, subject, since, until };
    const answer = await db.rpc("api", "audit_log", { ...filter, before: cursor, page_size });
    const entries = readAnswer(z.array(entry), answer);
    const last = entries.at(-1);
    const next_cursor = last && entries.length === page_size ? String(last.log_id) : null;
    return { status: 200, body: { entries, next_cursor } };
  },
});
