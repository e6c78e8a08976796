import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { problem } from "../http/problem.ts";
import { idOf } from "./stripe_page.ts";
import { isMissing, stripeProblem } from "./stripe_problem.ts";
import {
  type InvoiceFacts,
  invoiceFacts,
  paymentIntentOf,
  type SubscriptionFacts,
  subscriptionFacts,
  subscriptionOf,
} from "./subscription_effect.ts";

/** What `api.apply_payment_event` takes of a subscription. */
export interface SubscriptionEffect {
  kind: "subscription";
  /** Nobody asked Stripe yet: whether the event is known already is the question. */
  unread?: true;
  /** Missing: Stripe does not know it, so it is not ours. */
  subscription?: SubscriptionFacts;
  /** What was known here before Stripe was asked. */
  version?: number;
  /** The invoice that the news is about. */
  invoice?: InvoiceFacts;
  payment_intent_id?: string;
}

/** What an event is about: a subscription, and perhaps an invoice of it. */
export interface SubscriptionNews {
  subscriptionId: string | null;
  invoiceId: string | null;
  /** That the invoice could not be paid is the news. */
  failed: boolean;
}

/** What an event says of a subscription; null: nothing. Pure. */
export function subscriptionNews(event: Stripe.Event): SubscriptionNews | null {
  switch (event.type) {
    case "customer.subscription.created":
    case "customer.subscription.updated":
    case "customer.subscription.deleted":
    case "customer.subscription.paused":
    case "customer.subscription.resumed":
      return about(event.data.object.id);
    case "subscription_schedule.updated":
    case "subscription_schedule.released":
    case "subscription_schedule.canceled": {
      const { subscription, released_subscription } = event.data.object;
      return about(idOf(subscription) ?? idOf(released_subscription));
    }
    case "checkout.session.completed": {
      const { mode, subscription, invoice } = event.data.object;
      return mode === "subscription" ? about(idOf(subscription), idOf(invoice)) : null;
    }
    case "invoice.paid":
      return about(null, event.data.object.id);
    case "invoice.payment_failed":
      return about(null, event.data.object.id, true);
    default:
      return null;
  }
}

function about(
  subscriptionId: string | null,
  invoiceId: string | null = null,
  failed = false,
): SubscriptionNews | null {
  return subscriptionId || invoiceId ? { subscriptionId, invoiceId, failed } : null;
}

/**
 * Reads at Stripe what is true now of what an event is about: events come late and in any order, and
 * a subscription's have no number. The version that is known here is asked for first, so that what
 * was read before somebody else's newer reading was written is noticed in SQL, and read again.
 *
 * @throws Problem `provider_unavailable` 503.
 */
export async function readSubscription(
  stripe: Stripe,
  service: Session,
  { subscriptionId, invoiceId, failed }: SubscriptionNews,
): Promise<SubscriptionEffect> {
  const early = subscriptionId ? await versionOf(service, subscriptionId) : 0;
  const invoice = invoiceId
    ? await known(() => stripe.invoices.retrieve(invoiceId, { expand: ["payments"] }))
    : null;
  const id = subscriptionId ?? (invoice ? subscriptionOf(invoice) : null);
  if (!id) return { kind: "subscription", version: 0 };
  const version = subscriptionId ? early : await versionOf(service, id);
  const subscription = await known(() =>
    stripe.subscriptions.retrieve(id, { expand: ["schedule"] })
  );
  if (!subscription) return { kind: "subscription", version };
  const paymentIntent = invoice ? paymentIntentOf(invoice) : null;
  return {
    kind: "subscription",
    subscription: subscriptionFacts(subscription),
    version,
    ...(invoice && { invoice: invoiceFacts(invoice, failed) }),
    ...(paymentIntent && { payment_intent_id: paymentIntent }),
  };
}

async function versionOf(service: Session, provider_subscription_id: string): Promise<number> {
  const answer = await service.rpc("api", "subscription_version", {
    provider: "stripe",
    provider_subscription_id,
  });
  return readAnswer(z.coerce.number().int(), answer);
}

/** What Stripe has; null when it knows no such thing. */
async function known<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(error)) return null;
    throw stripeProblem(error);
  }
}

/** Readings that others overtook; one more of them, and the event is left to come again. */
const maxReadings = 8;

/**
 * Applies what is read until nobody wrote in between; reads nothing for an event that is known.
 *
 * @throws Problem `provider_unavailable` 503 when others always did.
 */
export async function untilCurrent<V extends { outcome: string }>(
  read: () => Promise<SubscriptionEffect>,
  apply: (effect: SubscriptionEffect) => Promise<V>,
): Promise<V> {
  const first = await apply({ kind: "subscription", unread: true });
  if (first.outcome !== "stale") return first;
  for (let reading = 0; reading < maxReadings; reading++) {
    const verdict = await apply(await read());
    if (verdict.outcome !== "stale") return verdict;
  }
  throw problem("provider_unavailable", "The subscription changes faster than it can be read.", {
    retryAfterSeconds: 5,
  });
}
