import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { balance, productName } from "./shapes.ts";

const body = z.strictObject({
  product: productName,
  holder: z.uuid(),
  feature: z.string().min(1).max(100).optional(),
  amount: z.int().positive().optional(),
  reference: z.string().min(1).max(500).optional(),
}).refine((sent) => (sent.feature === undefined) !== (sent.amount === undefined), {
  path: ["amount"],
  message: "Give either a feature or an amount.",
});

const answer = z.object({
  entry_id: z.uuid(),
  amount: z.int().positive(),
  balance,
});

/** `POST /`: a holder of the secret key spends a holder's credits, once for each key. */
export const debitRoute: Route = route({
  method: "POST",
  path: "/",
  auth: "secret:default",
  summary: "Spend credits of a holder: the price of a feature, or an amount.",
  idempotent: true,
  limit: { calls: 600_000, seconds: 60 },
  examples: {
    "The price of a feature": {
      body: { product: "modera", holder: exampleIds.user, feature: "tryon", reference: "order-17" },
    },
    "An amount": { body: { product: "modera", holder: exampleIds.user, amount: 2 } },
  },
  body,
  answers: { 200: answer },
  async handle({ db, body, idempotencyKey }) {
    const { product, holder, feature = null, amount = null, reference = null } = body;
    const args = { product, holder, key: idempotencyKey, feature, amount, reference };
    return { status: 200, body: readAnswer(answer, await db.rpc("api", "debit", args)) };
  },
});
