import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";

const queued = z.object({ job_id: z.uuid() });

const found = z.object({
  job_id: z.uuid(),
  state: z.enum(["queued", "running", "succeeded", "dead", "discarded"]),
  result: z.object({ seen: z.int(), missed: z.int() }).nullable(),
  last_error: z.string().nullable(),
});

/**
 * `POST /` asks Stripe for its events since a moment and applies those that never arrived; `GET /:id`
 * tells how far it is. For admins of all products.
 */
export const reconciliationRoutes: Route[] = [
  route({
    method: "POST",
    path: "/",
    auth: "admin",
    summary: "Asks Stripe for the events that never arrived.",
    idempotent: true,
    limit: { calls: 10, seconds: 60 },
    examples: { "The last three days": { body: {} } },
    body: z.strictObject({
      since: z.iso.datetime({ offset: true }).optional()
        .describe("Stripe keeps 30 days; without it, three days"),
    }),
    answers: { 202: queued },
    async handle({ db, body: { since = null }, idempotencyKey }) {
      const answer = await db.rpc("api", "reconcile", { key: idempotencyKey, since });
      return { status: 202, body: readAnswer(queued, answer) };
    },
  }),
  route({
    method: "GET",
    path: "/:id",
    auth: "admin",
    summary: "How a reconciliation stands.",
    limit: { calls: 120, seconds: 60 },
    examples: { "How it stands": { params: { id: exampleIds.reconciliation } } },
    params: z.strictObject({ id: z.uuid() }),
    answers: { 200: found },
    async handle({ db, params: { id } }) {
      const answer = await db.rpc("api", "read_reconciliation", { job_id: id });
      return { status: 200, body: readAnswer(found, answer) };
    },
  }),
];
