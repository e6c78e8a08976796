import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { problem } from "../http/problem.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";

/** What a buyer asks for. */
export interface CheckoutRequest {
  product: string;
  offer: string;
  /** ISO code; without it the offer's default currency. */
  currency: string | null;
  idempotencyKey: string;
}

/** What a checkout needs. */
export interface CheckoutDeps {
  stripe: Stripe;
  /** The database as the buyer. */
  buyer: Session;
  /** The database as the service. */
  service: Session;
  /** Where Stripe sends the buyer afterwards; `invoice` and `result` are added. */
  returnUrl: string;
}

const invoiceShape = z.object({
  invoice_id: z.uuid(),
  number: z.string(),
  state: z.string(),
  product: z.string(),
  amount: z.int(),
  currency: z.string(),
  credits: z.int(),
  expires_at: z.string(),
  provider_price_id: z.string().nullable(),
  provider_customer_id: z.string().nullable(),
  customer_email: z.string().nullable(),
  url: z.string().nullable(),
});

const attachedShape = z.object({ url: z.string() });

type Invoice = z.infer<typeof invoiceShape>;

/** An invoice and the page on which it can be paid until it expires. */
export interface Checkout extends Pick<Invoice, "invoice_id" | "number" | "amount" | "currency"> {
  credits: number;
  expires_at: string;
  url: string;
}

/**
 * Opens an invoice and the Stripe Checkout Session that pays it; both expire together. Repeating
 * the request with its key resumes where it stopped: the invoice, the session (Stripe's own
 * idempotency key is the invoice's id) and the link between them are each made once.
 *
 * @throws Problem `unknown_offer` 404, `idempotency_conflict` 409, `invoice_expired` 409,
 * `provider_unavailable` 503.
 */
export async function openCheckout(
  deps: CheckoutDeps,
  request: CheckoutRequest,
): Promise<Checkout> {
  const invoice = readAnswer(
    invoiceShape,
    await deps.buyer.rpc("api", "open_invoice", {
      product: request.product,
      offer: request.offer,
      currency: request.currency,
      key: request.idempotencyKey,
    }),
  );
  const { invoice_id, number, amount, currency, credits, expires_at } = invoice;
  const url = invoice.url ?? await openSession(deps, invoice);
  return { invoice_id, number, url, amount, currency, credits, expires_at };
}

async function openSession(deps: CheckoutDeps, invoice: Invoice): Promise<string> {
  if (invoice.state !== "pending") throw expired();
  const session = await createSession(deps, invoice);
  if (!session.url) throw internalProblem(`Session ${session.id} has no page.`);
  const attached = await deps.service.rpc("api", "attach_checkout", {
    invoice_id: invoice.invoice_id,
    checkout_session_id: session.id,
    url: session.url,
    payment_intent_id: idOf(session.payment_intent),
  });
  return readAnswer(attachedShape, attached).url;
}

async function createSession(
  deps: CheckoutDeps,
  invoice: Invoice,
): Promise<Stripe.Checkout.Session> {
  try {
    return await deps.stripe.checkout.sessions.create(sessionParams(deps.returnUrl, invoice), {
      idempotencyKey: invoice.invoice_id,
    });
  } catch (error) {
    // Stripe takes no session that ends within 30 minutes: an old invoice that never got one.
    if (isRefused(error) && error.param === "expires_at") throw expired(error);
    throw stripeProblem(error);
  }
}

/** Made of the invoice alone, so that every retry sends the same and Stripe accepts the repetition. */
function sessionParams(returnUrl: string, invoice: Invoice): Stripe.Checkout.SessionCreateParams {
  if (!invoice.provider_price_id) {
    throw internalProblem(`The price of invoice ${invoice.number} is not at Stripe yet.`);
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

function expired(cause?: unknown) {
  return problem(
    "invoice_expired",
    "This invoice can no longer be paid. Start again with a new Idempotency-Key.",
    cause === undefined ? {} : { cause },
  );
}

/** The id of an object that Stripe gives as an id or in full. */
export function idOf(object: string | { id: string } | null | undefined): string | null {
  return typeof object === "string" ? object : object?.id ?? null;
}
