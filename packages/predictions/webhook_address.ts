import { Buffer } from "node:buffer";
import { problem } from "../http/problem.ts";

const encoder = new TextEncoder();

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
  const signature = await crypto.subtle.sign(
    "HMAC",
    await hmacKey(secret),
    encoder.encode(predictionId),
  );
  url.searchParams.set("token", Buffer.from(signature).toString("hex"));
  return url.href;
}

/**
 * Our prediction's id out of an address made by `signedWebhookUrl`; compared in constant time by WebCrypto.
 * @throws Problem `invalid_signature` (400) when the address was not made by us.
 */
export async function predictionOfAddress(url: URL, secret: string): Promise<string> {
  const predictionId = url.searchParams.get("prediction") ?? "";
  const token = url.searchParams.get("token") ?? "";
  const genuine = /^[0-9a-f]{64}$/.test(token) &&
    await crypto.subtle.verify(
      "HMAC",
      await hmacKey(secret),
      Buffer.from(token, "hex"),
      encoder.encode(predictionId),
    );
  if (!genuine) throw problem("invalid_signature", "This webhook address was not given out by us.");
  return predictionId;
}

function hmacKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    [
      "sign",
      "verify",
    ],
  );
}
