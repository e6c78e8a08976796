import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { problem } from "../http/problem.ts";

/** A subscription as its person sees it. */
const subscriptionShape = z.object({
  subscription_id: z.uuid(),
  plan: z.string(),
  plan_title: z.string(),
  state: z.string().describe("Stripe's word, such as active or past_due"),
  amount: z.int().describe("Minor units of a month"),
  currency: z.string(),
  credits: z.int().describe("Of a month"),
  current_period_start: z.string().nullable(),
  current_period_end: z.string().nullable(),
  cancel_at_period_end: z.boolean(),
  next_plan: z.string().nullable().describe("The plan from the next period on, if another"),
  started_at: z.string(),
});

/** The plan that somebody enjoys, and their subscription. */
export const membershipShape = z.object({
  product: z.string(),
  plan: z.string().nullable(),
  subscription: subscriptionShape.nullable(),
});

/** @see membershipShape */
export type Membership = z.infer<typeof membershipShape>;

const ownShape = membershipShape.extend({ customer_id: z.string().nullable() });

/** The caller's plan and subscription, and who they are at Stripe, if anybody. @param db as the caller */
export async function ownMembership(db: Session, product: string) {
  return readAnswer(ownShape, await db.rpc("api", "subscription", { product }));
}

const orderShape = z.object({
  order_id: z.uuid(),
  request: z.enum(["subscribe", "upgrade", "downgrade", "keep", "cancel", "resume"]),
  state: z.enum(["open", "done", "refused", "expired"]),
  refusal: z.string().nullable(),
  product: z.string(),
  holder: z.uuid(),
  plan: z.string().nullable(),
  amount: z.int().nullable(),
  currency: z.string().nullable(),
  credits: z.int().nullable(),
  expires_at: z.string(),
  url: z.string().nullable(),
  provider_price_id: z.string().nullable(),
  provider_subscription_id: z.string().nullable(),
  provider_customer_id: z.string().nullable(),
  customer_email: z.string().nullable(),
  other_session_ids: z.array(z.string()),
});

/** What somebody asked of their subscription, written down before Stripe is asked. */
export type SubscriptionOrder = z.infer<typeof orderShape>;

/** An order as SQL answers it. */
export function readOrder(answer: Parameters<typeof readAnswer>[1]): SubscriptionOrder {
  return readAnswer(orderShape, answer);
}

/** What Stripe calls the price that an order is about. @throws Problem `provider_unavailable` 503 */
export function priceAtStripe({ provider_price_id }: SubscriptionOrder): string {
  if (provider_price_id) return provider_price_id;
  // A price that was just published is on its way there: the same key goes on from here.
  throw problem("provider_unavailable", "This plan is not on sale yet. Try again soon.", {
    retryAfterSeconds: 5,
  });
}
