import Stripe from "stripe";
import { problem } from "../http/problem.ts";

/** Seconds that a signature may be old: what is older may be a recording. */
export const signatureToleranceSeconds = 300;

const subtle = Stripe.createSubtleCryptoProvider();

/**
 * The event in a webhook's raw body.
 *
 * @param signature the `Stripe-Signature` header.
 * @param secrets the endpoint's signing secrets: two while one replaces the other.
 * @throws Problem `invalid_signature` 400 when Stripe did not sign exactly this body just now.
 */
export async function readStripeEvent(
  stripe: Stripe,
  secrets: readonly string[],
  rawBody: Uint8Array,
  signature: string | null,
): Promise<Stripe.Event> {
  let cause: unknown;
  for (const secret of secrets) {
    try {
      return await stripe.webhooks.constructEventAsync(
        rawBody,
        signature ?? "",
        secret,
        signatureToleranceSeconds,
        subtle,
      );
    } catch (error) {
      cause = error;
    }
  }
  throw problem("invalid_signature", "The signature is not Stripe's, or too old.", { cause });
}
