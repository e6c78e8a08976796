import { createHash, createHmac } from "node:crypto";
import type Stripe from "stripe";
import { problem } from "../http/problem.ts";

/** Seconds that a signature may be old: what is older may be a recording. */
const signatureToleranceSeconds = 300;

/** A signature is a few hashes of a few kilobytes: made at once, it is cheaper than a turn of WebCrypto's threads. */
const hashes: Stripe.CryptoProvider = {
  computeHMACSignature: hmac,
  computeHMACSignatureAsync: (payload, secret) => Promise.resolve(hmac(payload, secret)),
  computeSHA256Async: (data) =>
    Promise.resolve(new Uint8Array(createHash("sha256").update(data).digest())),
};

/**
 * The event in a webhook's raw body.
 *
 * @param signature the `Stripe-Signature` header.
 * @param secrets the endpoint's signing secrets: two while one replaces the other.
 * @throws Problem `invalid_signature` 400 when Stripe did not sign exactly this body just now.
 */
export function readStripeEvent(
  stripe: Stripe,
  secrets: readonly string[],
  rawBody: Uint8Array,
  signature: string | null,
): Stripe.Event {
  let cause: unknown;
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(
        rawBody,
        signature ?? "",
        secret,
        signatureToleranceSeconds,
        hashes,
      );
    } catch (error) {
      cause = error;
    }
  }
  throw problem("invalid_signature", "The signature is not Stripe's, or too old.", { cause });
}

function hmac(payload: string, secret: string): string {
  return createHmac("sha256", secret).update(payload, "utf8").digest("hex");
}
