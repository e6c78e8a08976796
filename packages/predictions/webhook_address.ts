import { hmacOf, isHmacOf } from "../http/hmac.ts";
import { problem } from "../http/problem.ts";

/**
 * The address that a provider is given: it names our prediction and proves, by an HMAC-SHA-256 with the webhook secret,
 * that the name was given by us.
 */
export async function signedWebhookUrl(
  base: string,
  predictionId: string,
  secret: string,
): Promise<string> {
  const url = new URL(base);
  url.searchParams.set("prediction", predictionId);
  url.searchParams.set("token", await hmacOf(secret, predictionId));
  return url.href;
}

/**
 * Our prediction's id out of an address made by `signedWebhookUrl`; compared in constant time by WebCrypto.
 * @throws Problem `invalid_signature` (400) when the address was not made by us.
 */
export async function predictionOfAddress(url: URL, secret: string): Promise<string> {
  const predictionId = url.searchParams.get("prediction") ?? "";
  const token = url.searchParams.get("token") ?? "";
  const genuine = await isHmacOf(secret, predictionId, token);
  if (!genuine) throw problem("invalid_signature", "This webhook address was not given out by us.");
  return predictionId;
}
