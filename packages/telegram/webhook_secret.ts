const encoder = new TextEncoder();

/** Whether a text is the secret, compared in constant time: both are hashed with a key of this moment. */
export async function isSecret(given: string, secret: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(secret));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(given));
}
