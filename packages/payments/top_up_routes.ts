import type Stripe from "stripe";
import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";
import { forgetMethod, openSetup } from "./payment_method.ts";

const currencyCode = z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.");

const settingShape = z.object({
  enabled: z.boolean(),
  threshold: z.int().nullable().describe("Credits; a purchase is made when fewer are left"),
  offer: z.string().nullable(),
  currency: z.string().nullable(),
  cap: z.int().nullable().describe("Minor units that may be charged within 30 days"),
  amount: z.int().nullable().describe("Minor units of one purchase at today's price"),
  credits: z.int().nullable().describe("Credits of one purchase at today's price"),
  spent: z.int().nullable().describe("Minor units charged within 30 days"),
  declines: z.int().describe("Declined since the last purchase that succeeded"),
  retry_at: z.string().nullable(),
  switched_off: z.string().nullable().describe("Why it was ended without the person"),
  payment_method_saved_at: z.string().nullable(),
  attempt: z.object({
    state: z.enum(["open", "succeeded", "failed"]),
    failure: z.string().nullable(),
    number: z.string().describe("Of the invoice"),
    created_at: z.string(),
  }).nullable().describe("The newest"),
});

const ownShape = settingShape.extend({ customer_id: z.string().nullable() });

const settingBody = z.discriminatedUnion("enabled", [
  z.strictObject({ product: productName, enabled: z.literal(false) }),
  z.strictObject({
    product: productName,
    enabled: z.literal(true),
    threshold: z.int().min(1).max(1_000_000),
    offer: z.string().min(1).max(100),
    currency: currencyCode.optional(),
    cap: z.int().positive().max(9_999_999_999).describe("Minor units within 30 days"),
  }),
]);

const productQuery = z.strictObject({ product: productName });

const readSetting: Route = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "The caller's automatic top-up: what they agreed to, and how it went.",
  limit: { calls: 120, seconds: 60 },
  query: productQuery,
  examples: { "in MODERA": { query: { product: "modera" } } },
  answers: { 200: settingShape },
  async handle({ db, query: { product } }) {
    const answer = await db.rpc("api", "auto_top_up", { product });
    return { status: 200, body: readAnswer(settingShape, answer) };
  },
});

const writeSetting: Route = route({
  method: "PUT",
  path: "/",
  auth: "user",
  summary: "Agree that an offer is bought when credits run low, within a cap; or end that.",
  limit: { calls: 30, seconds: 60 },
  body: settingBody,
  examples: { "ended": { body: { product: "modera", enabled: false } } },
  answers: { 200: settingShape },
  async handle({ db, body }) {
    const terms = body.enabled ? body : { threshold: null, offer: null, cap: null };
    const answer = await db.rpc("api", "set_auto_top_up", {
      product: body.product,
      enabled: body.enabled,
      threshold: terms.threshold,
      offer: terms.offer,
      currency: "currency" in terms ? terms.currency ?? null : null,
      cap: terms.cap,
    });
    return { status: 200, body: readAnswer(settingShape, answer) };
  },
});

function saveMethod(stripe: Stripe, returnUrl: string): Route {
  return route({
    method: "POST",
    path: "/payment-method",
    auth: "user",
    summary: "Open Stripe's page on which a payment method is saved for purchases while away.",
    idempotent: true,
    limit: { calls: 10, seconds: 60 },
    body: z.strictObject({ product: productName, currency: currencyCode }),
    examples: { "for dollars": { body: { product: "modera", currency: "USD" } } },
    answers: { 201: z.object({ url: z.url() }) },
    async handle({ db, userId, body: { product, currency }, idempotencyKey }) {
      const own = readAnswer(ownShape, await db.rpc("api", "auto_top_up", { product }));
      const customerId = own.customer_id;
      const person = { product, userId, customerId, currency, returnUrl, idempotencyKey };
      return { status: 201, body: { url: await openSetup(stripe, person) } };
    },
  });
}

function removeMethod(stripe: Stripe): Route {
  return route({
    method: "DELETE",
    path: "/payment-method",
    auth: "user",
    summary: "Forget the saved payment method, which ends automatic top-up.",
    limit: { calls: 10, seconds: 60 },
    query: productQuery,
    examples: { "in MODERA": { query: { product: "modera" } } },
    answers: { 200: settingShape },
    async handle({ db, service, userId, query: { product } }) {
      await forgetMethod(stripe, service, product, userId);
      const answer = await db.rpc("api", "auto_top_up", { product });
      return { status: 200, body: readAnswer(settingShape, answer) };
    },
  });
}

/**
 * Automatic top-up, as its person sees and sets it.
 *
 * @param returnUrl where Stripe's page leads back to
 */
export function topUpRoutes(stripe: Stripe, returnUrl: string): Route[] {
  return [readSetting, writeSetting, saveMethod(stripe, returnUrl), removeMethod(stripe)];
}
