import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import {
  type PaymentEffect,
  paymentEffect,
  refundEffect,
  sessionEffect,
  topUpEffect,
} from "./payment_effect.ts";
import {
  readSubscription,
  type SubscriptionEffect,
  type SubscriptionNews,
  subscriptionNews,
  untilCurrent,
} from "./subscription_news.ts";

const verdictShape = z.object({
  outcome: z.enum(["applied", "duplicate", "ignored", "deferred", "dead", "stale"]),
  reason: z.string().nullish(),
  invoice_id: z.uuid().nullish(),
  state: z.string().nullish(),
});

/** What became of an event. */
export type Verdict = z.infer<typeof verdictShape>;

/**
 * Records an event of Stripe and applies it, once for its id, in one transaction. Of a subscription
 * not what the event says is applied, but what is true at Stripe when it has come.
 *
 * @throws Problem `provider_unavailable` 503 when Stripe cannot be asked; nothing is recorded.
 */
export async function applyEvent(
  stripe: Stripe,
  service: Session,
  event: Stripe.Event,
): Promise<Verdict> {
  const news = subscriptionNews(event);
  const applied = (effect: PaymentEffect | SubscriptionEffect) =>
    apply(service, event.id, event.type, event.created, effect, event);
  if (!news) return await applied(paymentEffect(event));
  return await untilCurrent(() => readSubscription(stripe, service, news), applied);
}

/**
 * Applies what is true of a subscription now, and of an invoice of it: after we asked Stripe for a
 * change, and where events may have been lost.
 */
export async function applySubscription(
  stripe: Stripe,
  service: Session,
  news: SubscriptionNews,
): Promise<Verdict> {
  return await untilCurrent(
    () => readSubscription(stripe, service, news),
    (effect) => {
      const object = news.invoiceId ?? `${news.subscriptionId}:${effect.version ?? "unread"}`;
      const id = `reconcile:${object}`;
      return apply(service, id, "subscription.read", Date.now() / 1000, effect, {});
    },
  );
}

/** Applies what a session says, asked for by us, where its event may have been lost. */
export function applySession(
  service: Session,
  session: Stripe.Checkout.Session,
): Promise<Verdict> {
  const effect = sessionEffect(session);
  const id = `reconcile:${session.id}:${effect.kind}`;
  return apply(service, id, "checkout.session.completed", session.created, effect, session);
}

/** Applies what Stripe answered about a refund; its events say the same again. */
export function applyRefund(service: Session, refund: Stripe.Refund): Promise<Verdict> {
  const effect = refundEffect(refund);
  const id = `answer:${refund.id}:${effect.kind}`;
  return apply(service, id, "refund.created", refund.created, effect, refund);
}

/** Applies what Stripe answered about the payment of a top-up; its events say the same again. */
export function applyTopUp(service: Session, intent: Stripe.PaymentIntent): Promise<Verdict> {
  const effect = topUpEffect(intent);
  const id = `answer:${intent.id}:${effect.kind}`;
  return apply(service, id, "payment_intent.answered", intent.created, effect, intent);
}

/** Applies that a top-up could not even be tried: Stripe does not know its payment method. */
export function applyUntriedTopUp(
  service: Session,
  { top_up_id, invoice_id }: { top_up_id: string; invoice_id: string },
  failure: string,
): Promise<Verdict> {
  const effect: PaymentEffect = { kind: "payment_failed", invoice_id, failure };
  const id = `answer:${top_up_id}:untried`;
  return apply(service, id, "payment_intent.answered", Date.now() / 1000, effect, {});
}

async function apply(
  service: Session,
  id: string,
  type: string,
  createdSeconds: number,
  effect: PaymentEffect | SubscriptionEffect,
  payload: object,
): Promise<Verdict> {
  const answer = await service.rpc("api", "apply_payment_event", {
    provider: "stripe",
    event_id: id,
    event_type: type,
    occurred_at: new Date(createdSeconds * 1000).toISOString(),
    effect: storable(effect),
    payload: storable(payload),
  });
  return readAnswer(verdictShape, answer);
}

/** What a buyer typed may hold characters that Postgres does not store; money is not lost for them. */
function storable(payload: object): Json {
  return JSON.parse(
    JSON.stringify(
      payload,
      (_key, value) =>
        typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value,
    ),
  );
}
