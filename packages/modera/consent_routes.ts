import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";

const purpose = z.enum(["photos"]);

const terms = z.object({
  purpose: z.string(),
  version: z.int(),
  summary: z.record(z.string(), z.string()).describe("The words to show, by language"),
  given: z.boolean().describe("Whether the caller agrees to this version"),
  given_version: z.int().nullable().describe("The version of the caller's latest word"),
  recorded_at: z.string().nullable(),
});

const recorded = z.object({
  purpose: z.string(),
  version: z.int(),
  given: z.boolean(),
  recorded_at: z.string().nullable(),
});

const limit = { calls: 60, seconds: 60 };
const ofModera = { product: "modera" };

/** `GET /`: the terms in force and whether the caller agrees, `POST /` agrees, `DELETE /` withdraws. */
export const consentRoutes: Route[] = [
  route({
    method: "GET",
    path: "/",
    auth: "user",
    summary: "What the caller is asked to agree to, and whether they do.",
    limit,
    examples: { "All purposes": { query: ofModera } },
    query: z.strictObject({ product: productName }),
    answers: { 200: z.object({ consents: z.array(terms) }) },
    async handle({ db, query }) {
      requireModera(query.product);
      const consents = readAnswer(z.array(terms), await db.rpc("modera", "consent_state", {}));
      return { status: 200, body: { consents } };
    },
  }),
  route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Agree to the terms in force, as they were shown.",
    limit,
    examples: {
      "To the use of photos": { body: { ...ofModera, purpose: "photos", version: 1 } },
    },
    body: z.strictObject({
      product: productName,
      purpose,
      version: z.int32().positive().describe("The version that was shown"),
    }),
    answers: { 200: recorded },
    async handle({ db, body: { product, purpose, version } }) {
      requireModera(product);
      const answer = await db.rpc("modera", "give_consent", { purpose, version });
      return { status: 200, body: readAnswer(recorded, answer) };
    },
  }),
  route({
    method: "DELETE",
    path: "/",
    auth: "user",
    summary: "Withdraw consent. The caller's photos are deleted.",
    limit,
    examples: { "To the use of photos": { query: { ...ofModera, purpose: "photos" } } },
    query: z.strictObject({ product: productName, purpose }),
    answers: { 200: recorded },
    async handle({ db, query: { product, purpose } }) {
      requireModera(product);
      const answer = await db.rpc("modera", "withdraw_consent", { purpose });
      return { status: 200, body: readAnswer(recorded, answer) };
    },
  }),
];

function requireModera(product: string): void {
  if (product === "modera") return;
  throw problem("unknown_product", "No product with this name asks for consent.", {
    extra: { field: "product" },
  });
}
