/** A JSON object of Stripe's API. */
export type StripeObject = Record<string, unknown> & { id: string };

/** What real Checkout Sessions have and the emulator's lack. */
export interface SessionFacts {
  amount_total: number;
  currency: string;
  expires_at: number;
  client_reference_id: string | null;
  customer: string | null;
  customer_email: string | null;
  payment_intent: string | null;
  metadata: Record<string, string>;
  /** Set when the front knows better than the emulator. */
  status?: "complete" | "expired";
  payment_status?: "paid" | "unpaid";
}

/** A payment that can be refunded or disputed. */
export interface Payment {
  charge: string;
  payment_intent: string;
  amount: number;
  currency: string;
  customer: string | null;
  refunded: number;
  refunds: StripeObject[];
}

/** A new id in Stripe's form, e.g. `evt_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** Seconds since the epoch, as Stripe counts. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** An error in Stripe's form. */
export function stripeError(
  status: number,
  message: string,
  more: { code?: string; param?: string; type?: string } = {},
): Response {
  return Response.json({ error: { type: "invalid_request_error", message, ...more } }, { status });
}

/** A list in Stripe's form. */
export function stripeList(url: string, data: StripeObject[], hasMore = false): Response {
  return Response.json({ object: "list", url, data, has_more: hasMore });
}
