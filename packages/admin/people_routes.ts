import { z } from "zod";
import { balance, productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { invalidRequest } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";

const person = z.object({
  user_id: z.uuid(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  is_active: z.boolean().describe("False: the account is closed; it starts and buys nothing"),
  came_at: z.string().describe("First contact with the product"),
  leaving_at: z.string().nullable().describe("When the account is erased, as its owner asked"),
  plan: z.string().nullable(),
  credits: z.int().describe("That can be spent"),
  facts: z.record(z.string(), z.unknown()).describe("What the product knows besides"),
});

const whole = person.extend({
  balance,
  grants: z.array(z.record(z.string(), z.unknown())).describe("Credits that are left, by lot"),
  subscription: z.object({
    plan: z.string(),
    state: z.string(),
    current_period_end: z.string().nullable(),
    cancel_at_period_end: z.boolean(),
  }).nullable(),
  invoices: z.array(z.object({
    invoice_id: z.uuid(),
    number: z.string(),
    offer: z.string(),
    state: z.string(),
    amount: z.int().describe("Minor units"),
    currency: z.string(),
    credits: z.int(),
    created_at: z.string(),
    paid_at: z.string().nullable(),
  })).describe("The newest 20"),
});

const params = z.object({ id: z.uuid() });
const query = z.strictObject({ product: productName });
const limit = { calls: 120, seconds: 60 };

const list = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "A product's people, who came last first.",
  limit,
  query: query.extend({
    search: z.string().trim().min(2).max(200).optional()
      .describe("A part of an e-mail address or phone number, or a user's id"),
    active: z.enum(["true", "false"]).optional(),
    cursor: z.string().max(200).optional(),
    page_size: z.coerce.number().int().min(1).max(100).default(50),
  }),
  examples: {
    "Everybody": { query: { product: "modera" } },
    "By address": { query: { product: "dtf", search: "@example.com", active: "true" } },
  },
  answers: { 200: z.object({ people: z.array(person), next_cursor: z.string().nullable() }) },
  async handle({ db, query: { product, search = null, active, cursor, page_size } }) {
    const answer = await db.rpc("api", "people", {
      product,
      search,
      active: active === undefined ? null : active === "true",
      ...afterCursor(cursor),
      page_size,
    });
    const people = readAnswer(z.array(person), answer);
    const last = people.at(-1);
    const next_cursor = last && people.length === page_size
      ? `${last.came_at}/${last.user_id}`
      : null;
    return { status: 200, body: { people, next_cursor } };
  },
});

/** A cursor is the last person's time and id. */
function afterCursor(cursor: string | undefined) {
  if (cursor === undefined) return {};
  const [before, before_id] = cursor.split("/");
  const read = z.object({ before: z.iso.datetime({ offset: true }), before_id: z.uuid() })
    .safeParse({ before, before_id });
  if (!read.success) {
    throw invalidRequest([{ field: "cursor", message: "Give the next_cursor of an answer." }]);
  }
  return read.data;
}

const read = route({
  method: "GET",
  path: "/:id",
  auth: "admin",
  summary: "One person: credits, subscription, invoices, and what the product knows.",
  limit,
  params,
  query,
  examples: { "Somebody": { params: { id: exampleIds.user }, query: { product: "modera" } } },
  answers: { 200: whole },
  async handle({ db, params: { id }, query: { product } }) {
    const answer = await db.rpc("api", "person", { product, user_id: id });
    return { status: 200, body: readAnswer(whole, answer) };
  },
});

const change = route({
  method: "PATCH",
  path: "/:id",
  auth: "admin",
  summary: "Close a person's account in a product, or open it again, for a reason that is kept.",
  limit,
  params,
  body: z.strictObject({
    product: productName,
    is_active: z.boolean().describe(
      "False: nothing is started or bought by it, and its subscription ends with its period",
    ),
    reason: z.string().trim().min(3).max(500),
  }),
  examples: {
    "Opened again": {
      params: { id: exampleIds.user },
      body: { product: "modera", is_active: true, reason: "The card was their own." },
    },
  },
  answers: { 200: person },
  async handle({ db, params: { id }, body: { product, is_active, reason } }) {
    const answer = await db.rpc("api", "set_active", {
      product,
      user_id: id,
      active: is_active,
      reason,
    });
    return { status: 200, body: readAnswer(person, answer) };
  },
});

/** A product's people, for its admins. */
export const peopleRoutes: Route[] = [list, read, change];
