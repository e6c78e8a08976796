import { Buffer } from "node:buffer";

const encoder = new TextEncoder();

/** HMAC-SHA-256 of a text, in hexadecimal. */
export async function hmacOf(secret: string, text: string): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await keyOf(secret), encoder.encode(text));
  return Buffer.from(signature).toString("hex");
}

/** Whether `token` is `hmacOf(secret, text)`; compared in constant time by WebCrypto. */
export async function isHmacOf(secret: string, text: string, token: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(token)) return false;
  const given = Buffer.from(token, "hex");
  return await crypto.subtle.verify("HMAC", await keyOf(secret), given, encoder.encode(text));
}

function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
    "verify",
  ]);
}
