import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { balance, productName } from "./shapes.ts";

const adjusted = z.object({ amount: z.int(), balance });

/** `POST /`: an admin gives a person credits or takes some back, once for each key, and says why. */
export const adjustmentRoute: Route = route({
  method: "POST",
  path: "/",
  auth: "admin",
  summary: "Give a person credits, or take some back, for a reason that is kept.",
  idempotent: true,
  limit: { calls: 60, seconds: 60 },
  examples: {
    "For a lost print": {
      body: { product: "modera", holder: exampleIds.user, amount: 3, reason: "A print was lost." },
    },
  },
  body: z.strictObject({
    product: productName,
    holder: z.uuid(),
    amount: z.int().min(-1_000_000).max(1_000_000).describe(
      "Negative: taken. Never more than there is",
    ),
    reason: z.string().trim().min(3).max(500),
  }),
  answers: { 200: adjusted },
  async handle({ db, body, idempotencyKey }) {
    const answer = await db.rpc("api", "adjust_credits", { ...body, key: idempotencyKey });
    const { balance: left } = readAnswer(z.object({ balance }), answer);
    return { status: 200, body: { amount: body.amount, balance: left } };
  },
});
