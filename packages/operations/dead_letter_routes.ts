import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";

const type = z.enum(["job", "event"]);

const letter = z.object({
  type,
  id: z.uuid(),
  name: z.string(),
  died_at: z.string(),
  attempts: z.int(),
  reason: z.string().nullable(),
  traceparent: z.string().nullable(),
});

const which = z.strictObject({ type, id: z.uuid() });
const concluded = z.object({ type, id: z.uuid(), outcome: z.string() });
const outcome = z.union([
  z.object({ state: z.string() }).transform(({ state }) => state),
  z.object({ outcome: z.string() }).transform(({ outcome }) => outcome),
]);

const limit = { calls: 60, seconds: 60 };

/** What nobody tries any more: list it, try it again, give it up. For admins of all products. */
export const deadLetterRoutes: Route[] = [
  route({
    method: "GET",
    path: "/",
    auth: "admin",
    summary: "Dead jobs and events, the latest first.",
    limit,
    examples: { "The latest ten": { query: { page_size: 10 } } },
    query: z.strictObject({
      before: z.iso.datetime({ offset: true }).optional().describe("The `died_at` of the last one"),
      page_size: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answers: { 200: z.object({ dead_letters: z.array(letter) }) },
    async handle({ db, query: { before = null, page_size } }) {
      const found = await db.rpc("api", "dead_letters", { before, max: page_size });
      return { status: 200, body: { dead_letters: readAnswer(z.array(letter), found) } };
    },
  }),
  route({
    method: "POST",
    path: "/:type/:id/replay",
    auth: "admin",
    summary:
      "Tries a dead letter again. It leaves the list at once, and comes back if it dies again.",
    limit,
    examples: { "A job": { params: { type: "job", id: exampleIds.deadJob } } },
    params: which,
    answers: { 200: concluded },
    async handle({ db, params }) {
      const answer = await db.rpc("api", "replay_dead_letter", params);
      return { status: 200, body: { ...params, outcome: readAnswer(outcome, answer) } };
    },
  }),
  route({
    method: "POST",
    path: "/:type/:id/discard",
    auth: "admin",
    summary: "Gives a dead letter up, for a reason.",
    limit,
    examples: {
      "A job": {
        params: { type: "job", id: exampleIds.deadJob },
        body: { reason: "The file it was for is gone." },
      },
    },
    params: which,
    body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
    answers: { 200: concluded },
    async handle({ db, params, body: { reason } }) {
      const answer = await db.rpc("api", "discard_dead_letter", { ...params, reason });
      return { status: 200, body: { ...params, outcome: readAnswer(outcome, answer) } };
    },
  }),
];
