import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import type { Json } from "../database/types.ts";
import { problem } from "../http/problem.ts";

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
  /** By provider: who takes payments in a currency is the catalogue's to say. */
  pages: Readonly<Record<string, OpenPage>>;
  /** Opens the buyer's invoice: as the buyer, or for them. */
  openInvoice(order: Order): Promise<Json>;
  /** The database as the service. */
  service: Session;
}

/** What `api.open_invoice` takes. */
export interface Order {
  product: string;
  offer: string;
  currency: string | null;
  key: string;
}

/** Where an invoice can be paid. */
export interface PaymentPage {
  /** The provider's name for it. */
  id: string;
  url: string;
  paymentIntentId: string | null;
}

/**
 * Makes the page on which a pending invoice is paid. Asked again for the same invoice, it makes the same page, or another
 * that pays the same invoice.
 *
 * @throws Problem `invoice_expired` 409, `provider_unavailable` 503.
 */
export type OpenPage = (invoice: Invoice) => Promise<PaymentPage>;

const invoiceShape = z.object({
  invoice_id: z.uuid(),
  number: z.string(),
  state: z.string(),
  product: z.string(),
  offer_title: z.string(),
  provider: z.string(),
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

/** An invoice as SQL opened it. */
export type Invoice = z.infer<typeof invoiceShape>;

/** An invoice and the page on which it can be paid until it expires. */
export interface Checkout extends Pick<Invoice, "invoice_id" | "number" | "amount" | "currency"> {
  credits: number;
  expires_at: string;
  url: string;
}

/**
 * Opens an invoice and the page of a provider on which it is paid. Repeating the request with its key resumes where it
 * stopped: the invoice, the page and the link between them are each made once.
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
    await deps.openInvoice({
      product: request.product,
      offer: request.offer,
      currency: request.currency,
      key: request.idempotencyKey,
    }),
  );
  const { invoice_id, number, amount, currency, credits, expires_at } = invoice;
  const url = invoice.url ?? await openPage(deps, invoice);
  return { invoice_id, number, url, amount, currency, credits, expires_at };
}

async function openPage({ pages, service }: CheckoutDeps, invoice: Invoice): Promise<string> {
  if (invoice.state !== "pending") throw invoiceExpired();
  const open = pages[invoice.provider];
  if (!open) throw internalProblem(`Nobody here takes payments by ${invoice.provider}.`);
  const page = await open(invoice);
  const attached = await service.rpc("api", "attach_checkout", {
    invoice_id: invoice.invoice_id,
    checkout_session_id: page.id,
    url: page.url,
    payment_intent_id: page.paymentIntentId,
  });
  return readAnswer(attachedShape, attached).url;
}

/** The invoice was closed, or is too old for a page of its own. */
export function invoiceExpired(cause?: unknown) {
  return problem(
    "invoice_expired",
    "This invoice can no longer be paid. Start again with a new Idempotency-Key.",
    cause === undefined ? {} : { cause },
  );
}
