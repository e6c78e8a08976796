import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { type Route, route } from "../../http/route.ts";
import { currencyMissing, namesCurrency, wishes } from "./wishes.ts";

const query = z.strictObject({
  q: z.string().trim().min(1).max(200).describe('Words; "a phrase", or, -without'),
  ...wishes,
  max_price: z.coerce.number().int().positive().optional().describe("Minor units of currency"),
  cursor: z.uuid().optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
}).refine(namesCurrency, currencyMissing);

const products = z.object({
  products: z.array(z.object({
    product_id: z.string(),
    partner: z.string(),
    title: z.string(),
    brand: z.string().nullable(),
    category: z.string(),
    subcategory: z.string().nullable(),
    colour: z.string(),
    sizes: z.array(z.string()),
    price: z.int().describe("Minor units"),
    currency: z.string(),
    image_url: z.string().nullable(),
  })),
  next_cursor: z.uuid().nullable(),
});

/** `GET /?q=…`: partners' products by the words of title and brand, the best match first. */
export const productSearchRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "Find partners' products by words, in English or Russian.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "By a word": { query: { q: "dress" } },
    "Of a size, up to a price": {
      query: { q: "платье", size: "M", currency: "RUB", max_price: 500_000 },
    },
  },
  query,
  answers: { 200: products },
  async handle({ db, query: { q, cursor = null, page_size, ...wanted } }) {
    const args = { words: q, wanted: JSON.parse(JSON.stringify(wanted)), cursor, page_size };
    const answer = await db.rpc("modera", "search_products", args);
    return { status: 200, body: readAnswer(products, answer) };
  },
});
