import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { problem } from "../http/problem.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";
import { priceAtStripe, readOrder, type SubscriptionOrder } from "./subscription.ts";

/** What somebody subscribes to. */
export interface SubscriptionRequest {
  product: string;
  plan: string;
  /** ISO code; without it the plan's own. */
  currency: string | null;
  idempotencyKey: string;
}

/** What beginning a subscription needs. */
export interface SubscriptionDeps {
  stripe: Stripe;
  /** The database as the person. */
  db: Session;
  /** The database as the service. */
  service: Session;
  /** Where Stripe sends the person afterwards; `subscription` and `result` are added. */
  returnUrl: string;
}

/** A page on which a subscription is begun; without an address there is nothing to pay. */
export interface OpenedSubscription {
  order_id: string;
  plan: string | null;
  /** Minor units of a month. */
  amount: number | null;
  currency: string | null;
  credits: number | null;
  expires_at: string;
  url: string | null;
}

const attachedShape = z.object({ state: z.string(), url: z.string() });

/**
 * Opens Stripe's page on which a subscription is begun, payable for an hour. A page that was opened
 * before for another plan is closed first, so that nobody subscribes twice. Repeating the request
 * with its key resumes where it stopped.
 *
 * @throws Problem `unknown_plan` 404, `already_subscribed`, `illegal_transition` or
 * `idempotency_conflict` 409, `provider_unavailable` 503.
 */
export async function openSubscription(
  deps: SubscriptionDeps,
  request: SubscriptionRequest,
): Promise<OpenedSubscription> {
  const { idempotencyKey: key, ...wanted } = request;
  const order = readOrder(await deps.db.rpc("api", "open_subscription", { ...wanted, key }));
  const { order_id, plan, amount, currency, credits, expires_at } = order;
  const opened = { order_id, plan, amount, currency, credits, expires_at };
  if (order.state === "done") return { ...opened, url: null };
  if (order.state !== "open") throw overProblem();
  return { ...opened, url: order.url ?? await openPage(deps, order) };
}

async function openPage(deps: SubscriptionDeps, order: SubscriptionOrder): Promise<string> {
  const { stripe, service } = deps;
  for (const id of order.other_session_ids) await closePage(stripe, id);
  const session = await createSession(deps, order);
  if (!session.url) throw internalProblem(`Session ${session.id} has no page.`);
  const attached = readAnswer(
    attachedShape,
    await service.rpc("api", "attach_subscription_checkout", {
      order_id: order.order_id,
      checkout_session_id: session.id,
      url: session.url,
    }),
  );
  if (attached.state === "refused") {
    await closePage(stripe, session.id);
    throw overProblem();
  }
  return attached.url;
}

async function createSession(
  { stripe, returnUrl }: SubscriptionDeps,
  order: SubscriptionOrder,
): Promise<Stripe.Checkout.Session> {
  const { order_id, product, holder, provider_customer_id, customer_email } = order;
  const metadata = { order_id, product, holder };
  try {
    return await stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: priceAtStripe(order), quantity: 1 }],
      client_reference_id: order_id,
      metadata,
      subscription_data: { metadata },
      expires_at: Math.floor(Date.parse(order.expires_at) / 1000),
      success_url: returnAddress(returnUrl, order, "paid"),
      cancel_url: returnAddress(returnUrl, order, "cancelled"),
      ...(provider_customer_id
        ? { customer: provider_customer_id }
        : customer_email
        ? { customer_email }
        : {}),
    }, { idempotencyKey: order_id });
  } catch (error) {
    // Stripe takes no session that ends within 30 minutes: an old order that never got one.
    if (isRefused(error) && error.param === "expires_at") throw overProblem(error);
    throw stripeProblem(error);
  }
}

/** @throws Problem `already_subscribed` when it was paid meanwhile. */
async function closePage(stripe: Stripe, sessionId: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(sessionId);
  } catch (error) {
    if (!isRefused(error)) throw stripeProblem(error);
    const { status } = await stripe.checkout.sessions.retrieve(sessionId);
    if (status === "complete") {
      throw problem("already_subscribed", "You subscribed just now. Change the plan instead.");
    }
  }
}

function overProblem(cause?: unknown) {
  return problem(
    "illegal_transition",
    "This checkout is over, or another took its place. Start again with a new Idempotency-Key.",
    cause === undefined ? {} : { cause },
  );
}

function returnAddress(returnUrl: string, { order_id }: SubscriptionOrder, result: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set("subscription", order_id);
  url.searchParams.set("result", result);
  return url.href;
}
