import type Stripe from "stripe";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { isRefused, stripeProblem } from "./stripe_problem.ts";

/** Who saves a payment method, and for what. */
export interface SavingPerson {
  product: string;
  userId: string;
  /** Who they are at Stripe, when it knows them. */
  customerId: string | null;
  /** ISO code of the currency that they will be charged in. */
  currency: string;
  /** Where Stripe sends them afterwards; `payment_method=saved` or `=cancelled` is added. */
  returnUrl: string;
  idempotencyKey: string;
}

/**
 * Opens Stripe's page on which a person saves a payment method and agrees that it is charged while
 * they are away. The method is known once Stripe's event `setup_intent.succeeded` says so.
 *
 * @returns the page's address.
 * @throws Problem `provider_unavailable` 503.
 */
export async function openSetup(stripe: Stripe, person: SavingPerson): Promise<string> {
  const { product, userId, customerId, currency, idempotencyKey } = person;
  const metadata = { product, holder: userId };
  try {
    const session = await stripe.checkout.sessions.create({
      mode: "setup",
      currency: currency.toLowerCase(),
      client_reference_id: userId,
      metadata,
      setup_intent_data: { metadata },
      ...(customerId ? { customer: customerId } : { customer_creation: "always" }),
      success_url: returnAddress(person, "saved"),
      cancel_url: returnAddress(person, "cancelled"),
    }, { idempotencyKey: `setup:${userId}:${idempotencyKey}` });
    if (!session.url) throw internalProblem(`Session ${session.id} has no page.`);
    return session.url;
  } catch (error) {
    throw stripeProblem(error);
  }
}

/**
 * Forgets a person's saved payment method here, which ends their top-ups, and then at Stripe.
 *
 * @throws Problem `provider_unavailable` 503: it is forgotten here, and will not be charged.
 */
export async function forgetMethod(
  stripe: Stripe,
  service: Session,
  product: string,
  holder: string,
): Promise<void> {
  const answer = await service.rpc("api", "forget_payment_method", { product, holder });
  const { payment_method_id } = readAnswer(
    z.object({ payment_method_id: z.string().nullable() }),
    answer,
  );
  if (payment_method_id) await detachMethod(stripe, payment_method_id);
}

/**
 * Has Stripe forget a payment method; one that it does not know any more is no error.
 *
 * @throws Problem `provider_unavailable` 503.
 */
export async function detachMethod(stripe: Stripe, paymentMethodId: string): Promise<void> {
  try {
    await stripe.paymentMethods.detach(paymentMethodId);
  } catch (error) {
    // Stripe knows it no more, or as nobody's.
    if (!isRefused(error)) throw stripeProblem(error);
  }
}

function returnAddress({ returnUrl }: SavingPerson, result: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set("payment_method", result);
  return url.href;
}
