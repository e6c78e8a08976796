import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";
import { balance, grant, productName } from "./shapes.ts";

const query = z.strictObject({
  product: productName,
  cursor: z.string().regex(/^\d{1,18}$/, "Not one of ours.").optional(),
  page_size: z.coerce.number().int().min(1).max(200).default(50),
});

const entry = z.object({
  entry_id: z.uuid(),
  kind: z.string(),
  amount: z.int(),
  balance_after: z.int(),
  feature: z.string().nullable(),
  reference: z.string().nullable(),
  reverses: z.uuid().nullable(),
  created_at: z.string(),
});

const account = z.object({ balance, grants: z.array(grant) });
const statement = z.object({ entries: z.array(entry), next_cursor: z.string().nullable() });
const answer = account.extend(statement.shape);

/** `GET /?product=…`: the caller's balance, live grants and entries, newest first, by pages. */
export const balanceRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "The caller's balance, grants with their expiry, and recent entries.",
  limit: { calls: 120, seconds: 60 },
  examples: {
    "The account": { query: { product: "modera" } },
    "A page of twenty entries": { query: { product: "modera", page_size: 20 } },
  },
  query,
  answers: { 200: answer },
  async handle({ db, query: { product, cursor = null, page_size } }) {
    const [held, page] = await Promise.all([
      db.rpc("api", "account_balance", { product }),
      db.rpc("api", "account_statement", { product, cursor, page_size }),
    ]);
    return {
      status: 200,
      body: { ...readAnswer(account, held), ...readAnswer(statement, page) },
    };
  },
});
