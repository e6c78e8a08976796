import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import type { Logger } from "../http/log.ts";
import { applySession } from "./apply_event.ts";
import { isMissing, isRefused, isTransient } from "./stripe_problem.ts";

/** What one run did with the invoices that were due. */
export interface ExpiryReport {
  expired: number;
  /** Paid at Stripe while no event had told us. */
  paid: number;
  /** Left to the next run, because Stripe did not answer or the buyer was just paying. */
  left: number;
}

const dueShape = z.array(z.object({
  invoice_id: z.uuid(),
  number: z.string(),
  provider: z.string(),
  checkout_session_id: z.string().nullable(),
}));

type DueInvoice = z.infer<typeof dueShape>[number];

/** Its session at Stripe. Other providers ask us before they take money, so nothing is to be expired there first. */
const sessionOf = ({ provider, checkout_session_id }: DueInvoice) =>
  provider === "stripe" ? checkout_session_id : null;

/** Invoices that are asked about at the same time. */
const atOnce = 8;

/** How a run is bounded. */
export interface ExpiryBounds {
  /** Invoices at most. */
  max?: number;
  /** Milliseconds after which no further invoice is begun. */
  budgetMs?: number;
}

/**
 * Expires invoices past their time, each at Stripe first, so that nobody can pay what is expired
 * here. One that was paid all the same is paid. When Stripe is down, invoices with a session stay
 * for the next run; those that never had one expire.
 */
export async function expireInvoices(
  stripe: Stripe,
  service: Session,
  log: Logger,
  { max = 500, budgetMs = 35_000 }: ExpiryBounds = {},
): Promise<ExpiryReport> {
  const end = performance.now() + budgetMs;
  const due = readAnswer(dueShape, await service.rpc("api", "due_invoices", { max }));
  const report: ExpiryReport = { expired: 0, paid: 0, left: 0 };
  let stripeAnswers = true;
  const expire = async (invoice: DueInvoice): Promise<keyof ExpiryReport> => {
    if (sessionOf(invoice) && !stripeAnswers) return "left";
    try {
      return await expireInvoice(stripe, service, invoice);
    } catch (error) {
      if (!isTransient(error)) throw error;
      stripeAnswers = false;
      log.warn("stripe_unavailable", { invoice: invoice.number, error });
      return "left";
    }
  };
  for (let next = 0; next < due.length; next += atOnce) {
    const some = due.slice(next, next + atOnce);
    const inTime = performance.now() < end;
    const outcomes = inTime ? await Promise.all(some.map(expire)) : some.map(() => "left" as const);
    for (const outcome of outcomes) report[outcome]++;
  }
  return report;
}

async function expireInvoice(
  stripe: Stripe,
  service: Session,
  invoice: DueInvoice,
): Promise<keyof ExpiryReport> {
  const sessionId = sessionOf(invoice);
  const session = sessionId ? await foundSession(stripe, sessionId) : null;
  if (session?.status === "complete") {
    await applySession(service, session);
    return "paid";
  }
  if (session?.status === "open" && !await closeSession(stripe, session.id)) return "left";
  const answer = await service.rpc("api", "expire_invoice", { invoice_id: invoice.invoice_id });
  return readAnswer(z.object({ expired: z.boolean() }), answer).expired ? "expired" : "left";
}

async function foundSession(stripe: Stripe, id: string): Promise<Stripe.Checkout.Session | null> {
  try {
    return await stripe.checkout.sessions.retrieve(id);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** False when the session closed by itself in between: the next run sees how. */
async function closeSession(stripe: Stripe, id: string): Promise<boolean> {
  try {
    await stripe.checkout.sessions.expire(id);
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}
