import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";

const erasure = z.object({
  erasure_id: z.uuid(),
  state: z.enum(["requested", "cancelled", "running", "done"]),
  requested_at: z.string(),
  due_at: z.string().describe("Until then it can be cancelled"),
  cancelled_at: z.string().nullable(),
});

/** What a person must write, so that no slip and no stolen click erases an account. */
const confirmation = "erase my account";

const limit = { calls: 20, seconds: 60 };

/** `POST /` asks for the caller's account to be erased, `DELETE /` takes that back, `GET /` tells how it stands. */
export const erasureRoutes: Route[] = [
  route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Have the caller's account erased after 30 days of grace. Unspent credits are lost.",
    limit,
    examples: { "Said in full": { body: { confirm: confirmation } } },
    body: z.strictObject({
      confirm: z.literal(confirmation).describe("These words, written by the person"),
    }),
    answers: { 202: erasure },
    async handle({ db }) {
      return { status: 202, body: readAnswer(erasure, await db.rpc("api", "request_erasure", {})) };
    },
  }),
  route({
    method: "GET",
    path: "/",
    auth: "user",
    summary: "How the erasure of the caller's account stands.",
    limit,
    answers: { 200: erasure },
    async handle({ db }) {
      return { status: 200, body: readAnswer(erasure, await db.rpc("api", "read_erasure", {})) };
    },
  }),
  route({
    method: "DELETE",
    path: "/",
    auth: "user",
    summary: "Keep the account after all, while the grace lasts.",
    limit,
    answers: { 200: erasure },
    async handle({ db }) {
      return { status: 200, body: readAnswer(erasure, await db.rpc("api", "cancel_erasure", {})) };
    },
  }),
];
