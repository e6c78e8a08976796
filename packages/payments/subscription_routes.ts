import type Stripe from "stripe";
import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import type { Session } from "../database/database.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import { carryOut } from "./change_subscription.ts";
import { openSubscription } from "./open_subscription.ts";
import { stripeProblem } from "./stripe_problem.ts";
import { type Membership, membershipShape, ownMembership, readOrder } from "./subscription.ts";

const planCode = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "A plan's code.");
const currencyCode = z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.");
const productOnly = z.strictObject({ product: productName });

const openedShape = z.object({
  order_id: z.uuid(),
  plan: z.string().nullable(),
  amount: z.int().nullable().describe("Minor units of a month; null for a free plan"),
  currency: z.string().nullable(),
  credits: z.int().nullable().describe("Of a month"),
  expires_at: z.string(),
  url: z.url().nullable().describe("Where it is paid; null when there is nothing to pay"),
});

async function shown(db: Session, product: string): Promise<Membership> {
  const { plan, subscription } = await ownMembership(db, product);
  return { product, plan, subscription };
}

const readRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "The caller's plan, and their subscription as Stripe has it.",
  limit: { calls: 120, seconds: 60 },
  query: productOnly,
  examples: { "in DTF Editor": { query: { product: "dtf" } } },
  answers: { 200: membershipShape },
  async handle({ db, query: { product } }) {
    return { status: 200, body: await shown(db, product) };
  },
});

/**
 * Beginning a subscription, and reading one's own.
 *
 * @param returnUrl where Stripe's page leads back to
 */
export function subscribeRoutes(stripe: Stripe, returnUrl: string): Route[] {
  const subscribe = route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Subscribe to a plan, on Stripe's page, payable for one hour.",
    idempotent: true,
    limit: { calls: 20, seconds: 60 },
    body: z.strictObject({
      product: productName,
      plan: planCode,
      currency: currencyCode.optional(),
    }),
    examples: { "the starter plan": { body: { product: "dtf", plan: "starter" } } },
    answers: { 201: openedShape },
    async handle({ db, service, body, idempotencyKey }) {
      const { product, plan, currency = null } = body;
      const deps = { stripe, db, service, returnUrl };
      const opened = await openSubscription(deps, { product, plan, currency, idempotencyKey });
      return { status: 201, body: opened };
    },
  });
  return [readRoute, subscribe];
}

/** Another plan: a higher one now, for the difference; a lower one when the period ends. */
export function changeRoute(stripe: Stripe): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary:
      "Change the plan: up now, for the difference; down when the period ends. One's own plan withdraws a change that waits.",
    idempotent: true,
    limit: { calls: 20, seconds: 60 },
    body: z.strictObject({ product: productName, plan: planCode }),
    examples: { "from the basic plan up": { body: { product: "dtf", plan: "starter" } } },
    answers: { 200: membershipShape },
    async handle({ db, service, body: { product, plan }, idempotencyKey: key }) {
      const order = await db.rpc("api", "order_subscription_change", { product, plan, key });
      await carryOut({ stripe, service }, readOrder(order));
      return { status: 200, body: await shown(db, product) };
    },
  });
}

/** The end of a subscription, and its withdrawal. */
export function cancelRoutes(stripe: Stripe): Route[] {
  const end = (path: string, resume: boolean, summary: string) =>
    route({
      method: "POST",
      path,
      auth: "user",
      summary,
      idempotent: true,
      limit: { calls: 20, seconds: 60 },
      body: productOnly,
      examples: { "in DTF Editor": { body: { product: "dtf" } } },
      answers: { 200: membershipShape },
      async handle({ db, service, body: { product }, idempotencyKey: key }) {
        const order = await db.rpc("api", "order_subscription_end", { product, key, resume });
        await carryOut({ stripe, service }, readOrder(order));
        return { status: 200, body: await shown(db, product) };
      },
    });
  return [
    end("/", false, "End the subscription with the period that is paid."),
    end("/resume", true, "Let a subscription that was to end go on."),
  ];
}

/**
 * Stripe's own page for cards, open invoices and receipts.
 *
 * @param returnUrl where it leads back to
 */
export function portalRoute(stripe: Stripe, returnUrl: string): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Open Stripe's page for the caller's cards, open invoices and receipts.",
    limit: { calls: 20, seconds: 60 },
    body: productOnly,
    examples: { "of DTF Editor": { body: { product: "dtf" } } },
    answers: { 201: z.object({ url: z.url() }) },
    async handle({ db, body: { product } }) {
      const { customer_id } = await ownMembership(db, product);
      if (!customer_id) throw problem("customer_required", "Nothing was paid here yet.");
      try {
        const { url } = await stripe.billingPortal.sessions.create({
          customer: customer_id,
          return_url: returnUrl,
        });
        return { status: 201, body: { url } };
      } catch (error) {
        throw stripeProblem(error);
      }
    },
  });
}
