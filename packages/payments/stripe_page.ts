import type Stripe from "stripe";
import { internalProblem } from "../database/problem.ts";
import { problem } from "../http/problem.ts";
import { type Invoice, invoiceExpired, type OpenPage } from "./open_checkout.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";

/**
 * Stripe's Checkout Session of an invoice. It expires with the invoice; Stripe's own idempotency key is the invoice's id,
 * so asking again gives the same session.
 *
 * @param returnUrl where Stripe sends the buyer afterwards; `invoice` and `result` are added.
 */
export function stripePages(stripe: Stripe, returnUrl: string): OpenPage {
  return async (invoice) => {
    const session = await createSession(stripe, returnUrl, invoice);
    if (!session.url) throw internalProblem(`Session ${session.id} has no page.`);
    const { id, url } = session;
    return { id, url, paymentIntentId: idOf(session.payment_intent) };
  };
}

async function createSession(
  stripe: Stripe,
  returnUrl: string,
  invoice: Invoice,
): Promise<Stripe.Checkout.Session> {
  const params = sessionParams(returnUrl, invoice);
  try {
    return await stripe.checkout.sessions.create(params, {
      idempotencyKey: invoice.invoice_id,
    });
  } catch (error) {
    // Stripe takes no session that ends within 30 minutes: an old invoice that never got one.
    if (isRefused(error) && error.param === "expires_at") throw invoiceExpired(error);
    throw stripeProblem(error);
  }
}

/** Made of the invoice alone, so that every retry sends the same and Stripe accepts the repetition. */
function sessionParams(returnUrl: string, invoice: Invoice): Stripe.Checkout.SessionCreateParams {
  if (!invoice.provider_price_id) {
    // A price that was just published is on its way there: the same key goes on from here.
    throw problem("provider_unavailable", "This price is not on sale yet. Try again soon.", {
      retryAfterSeconds: 5,
    });
  }
  const metadata = {
    invoice_id: invoice.invoice_id,
    invoice_number: invoice.number,
    product: invoice.product,
  };
  return {
    mode: "payment",
    line_items: [{ price: invoice.provider_price_id, quantity: 1 }],
    client_reference_id: invoice.invoice_id,
    metadata,
    payment_intent_data: { metadata },
    expires_at: Math.floor(Date.parse(invoice.expires_at) / 1000),
    success_url: returnAddress(returnUrl, invoice, "paid"),
    cancel_url: returnAddress(returnUrl, invoice, "cancelled"),
    ...buyerOf(invoice),
  };
}

function buyerOf(invoice: Invoice): Partial<Stripe.Checkout.SessionCreateParams> {
  if (invoice.provider_customer_id) return { customer: invoice.provider_customer_id };
  return invoice.customer_email
    ? { customer_email: invoice.customer_email, customer_creation: "always" }
    : { customer_creation: "always" };
}

function returnAddress(returnUrl: string, invoice: Invoice, result: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set("invoice", invoice.invoice_id);
  url.searchParams.set("result", result);
  return url.href;
}

/** The id of an object that Stripe gives as an id or in full. */
export function idOf(object: string | { id: string } | null | undefined): string | null {
  return typeof object === "string" ? object : object?.id ?? null;
}
