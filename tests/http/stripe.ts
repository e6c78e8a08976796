import Stripe from "stripe";
import { eventually } from "../harness/eventually.ts";
import { testPlatform } from "../harness/environment.ts";
import {
  callFunction,
  callJson,
  platformDatabase,
  service,
  type User,
} from "../harness/platform.ts";
import { freshKey, type ProblemBody } from "./people.ts";

/** An invoice that waits for the payment of its checkout session. */
export interface Sale {
  invoice_id: string;
  number: string;
  amount: number;
  currency: string;
  credits: number;
  session: string;
  intent: string;
}

const stripe = new Stripe("sk_test_unused");

/** `user` opens an invoice for the basic pack; its session is known, Stripe was not asked. */
export async function sale(user: User): Promise<Sale> {
  const opened = await user.client.schema("api").rpc("open_invoice", {
    product: "modera",
    offer: "basic",
    currency: "USD",
    key: freshKey(),
  });
  if (opened.error) throw opened.error;
  const session = `cs_test_${freshKey()}`;
  const attached = await service().schema("api").rpc("attach_checkout", {
    invoice_id: opened.data.invoice_id,
    checkout_session_id: session,
    url: `https://checkout.example.com/${session}`,
  });
  if (attached.error) throw attached.error;
  return { ...opened.data, session, intent: `pi_${freshKey()}` };
}

/** `user` buys the basic pack on the emulated Stripe's page. */
export async function paidSale(user: User): Promise<Sale> {
  const request = {
    caller: user,
    key: freshKey(),
    body: { product: "modera", offer: "basic", currency: "USD" },
  };
  const { body } = await callJson<Omit<Sale, "intent" | "session"> & { url: string }>(
    "checkout",
    request,
  );
  const page = await fetch(`${body.url}/complete`, { method: "POST", redirect: "manual" });
  await page.body?.cancel();
  await eventually(() => invoiceState(body), (state) => state === "paid");
  const sql = platformDatabase();
  try {
    const [row] = await sql`
      select checkout_session_id as session, payment_intent_id as intent from billing.invoices where id = ${body.invoice_id}`;
    return { ...body, session: row?.["session"], intent: row?.["intent"] };
  } finally {
    await sql.end();
  }
}

/** Tells the emulated Stripe what to do: see packages/platform/emulators. */
export async function emulator<T>(path: string, body: unknown = {}): Promise<T> {
  const { stripe_url } = testPlatform();
  const answer = await fetch(`${stripe_url}/_emulator/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return await answer.json();
}

/** An event of Stripe about an object. */
export function stripeEvent(type: string, object: Record<string, unknown>) {
  return {
    id: `evt_${freshKey()}`,
    object: "event",
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    type,
    data: { object },
  };
}

/** The checkout session of a sale as Stripe's events show it. */
export function sessionOf(sold: Sale, changes: Record<string, unknown> = {}) {
  return {
    id: sold.session,
    object: "checkout.session",
    status: "complete",
    payment_status: "paid",
    payment_intent: sold.intent,
    client_reference_id: sold.invoice_id,
    amount_total: sold.amount,
    currency: sold.currency.toLowerCase(),
    customer: null,
    metadata: { invoice_id: sold.invoice_id },
    ...changes,
  };
}

/** How a delivery differs from a genuine one. */
export interface Forgery {
  secret?: string;
  /** Seconds since the epoch. */
  timestamp?: number;
  tamper?: (body: string) => string;
}

/** Posts an event to stripe-webhook, signed as Stripe does. */
export async function deliver(
  event: Record<string, unknown>,
  { secret, timestamp, tamper = (body) => body }: Forgery = {},
): Promise<{ status: number; body: ProblemBody }> {
  const payload = JSON.stringify(event);
  const signature = await stripe.webhooks.generateTestHeaderStringAsync({
    payload,
    secret: secret ?? testPlatform().stripe_webhook_secret ?? "",
    ...(timestamp ? { timestamp } : {}),
  });
  const answer = await callFunction("stripe-webhook", {
    method: "POST",
    body: tamper(payload),
    headers: { "content-type": "application/json", "stripe-signature": signature },
  });
  return { status: answer.status, body: await answer.json() };
}

/** What the inbox holds of an event: its states. */
export async function inboxOf(eventId: string): Promise<string[]> {
  const sql = platformDatabase();
  try {
    const rows = await sql<{ state: string }[]>`
      select state from events.inbox where provider = 'stripe' and event_id = ${eventId}`;
    return rows.map(({ state }) => state);
  } finally {
    await sql.end();
  }
}

/** The state that an invoice is in. */
export async function invoiceState(sold: Pick<Sale, "invoice_id">): Promise<string> {
  const sql = platformDatabase();
  try {
    const [row] = await sql`select state from billing.invoices where id = ${sold.invoice_id}`;
    return row?.["state"];
  } finally {
    await sql.end();
  }
}
