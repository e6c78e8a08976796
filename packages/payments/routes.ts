import type Stripe from "stripe";
import { z } from "zod";
import { type Route, route } from "../http/route.ts";
import { productName } from "../credits/shapes.ts";
import { applyEvent } from "./apply_event.ts";
import { expireInvoices } from "./expire_invoices.ts";
import { openCheckout, type OpenPage, type Order } from "./open_checkout.ts";
import { readStripeEvent } from "./stripe_event.ts";

const checkoutBody = z.strictObject({
  product: productName,
  offer: z.string().min(1).max(100),
  currency: z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.").optional(),
});

const checkoutAnswer = z.object({
  invoice_id: z.uuid(),
  number: z.string(),
  url: z.url(),
  amount: z.int().describe("Minor units"),
  currency: z.string(),
  credits: z.int(),
  expires_at: z.string(),
});

/** `POST /`: a user buys an offer. @param pages by provider, where invoices are paid. */
export function checkoutRoute(pages: Readonly<Record<string, OpenPage>>): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Open an invoice, payable for one hour on Stripe's page.",
    idempotent: true,
    limit: { calls: 20, seconds: 60 },
    examples: {
      "The basic pack in dollars": {
        body: { product: "modera", offer: "basic", currency: "USD" },
      },
      "In the offer's own currency": { body: { product: "modera", offer: "premium" } },
    },
    body: checkoutBody,
    answers: { 201: checkoutAnswer },
    async handle({ db, service, body, idempotencyKey }) {
      const { product, offer, currency = null } = body;
      const openInvoice = (order: Order) => db.rpc("api", "open_invoice", { ...order });
      const deps = { pages, openInvoice, service };
      const checkout = await openCheckout(deps, { product, offer, currency, idempotencyKey });
      return { status: 201, body: checkout };
    },
  });
}

const received = z.object({ received: z.literal(true), outcome: z.string() });

/** Stripe's events are small; a large one still has its place. */
const maxEventBytes = 1024 * 1024;

/**
 * `POST /`: Stripe tells what happened. 200 once the event is recorded, whatever it means; a fault
 * that may pass is a 5xx, so that Stripe tries again.
 */
export function stripeWebhookRoute(stripe: Stripe, signingSecrets: readonly string[]): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "signature",
    summary: "Stripe's events, signed.",
    maxBodyBytes: maxEventBytes,
    answers: { 200: received },
    async handle({ request, rawBody, service, log }) {
      const signature = request.headers.get("stripe-signature");
      const event = readStripeEvent(stripe, signingSecrets, rawBody, signature);
      const { outcome, reason } = await applyEvent(stripe, service, event);
      const facts = { event_id: event.id, type: event.type, outcome, reason };
      if (outcome === "dead") log.error("stripe_event", facts);
      else log.info("stripe_event", facts);
      return { status: 200, body: { received: true, outcome } };
    },
  });
}

const expiryReport = z.object({ expired: z.int(), paid: z.int(), left: z.int() });

/** `POST /`: the clock's call to expire what was not paid in time. */
export function invoiceExpiryRoute(stripe: Stripe): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "secret:automations",
    summary: "Expire invoices past their time, here and at Stripe.",
    limit: { calls: 600, seconds: 60 },
    body: z.strictObject({}).optional(),
    answers: { 200: expiryReport },
    async handle({ service, log }) {
      const body = await expireInvoices(stripe, service, log);
      log.info("invoices_expired", { ...body });
      return { status: 200, body };
    },
  });
}
