import { base64url } from "../keys.ts";

/** The `kid` that functions see in access tokens, as hosted projects' tokens have one. */
export const keyId = "local";

/** What a verified access token says. */
export interface VerifiedToken {
  /** The same claims, signed again with a key id in the header. */
  withKeyId: string;
  /** Seconds since the epoch after which it is no longer good. */
  expires: number;
}

/** Verifies the access tokens of Auth, and gives them the key id that functions look for. */
export interface Tokens {
  /** Null when the token is not signed by Auth, or expired. */
  verify(token: string): Promise<VerifiedToken | null>;
  /** The public key set for functions (SUPABASE_JWKS). */
  jwks: string;
}

const capacity = 1000;

/** @param secret signs the tokens (HS256). */
export async function tokensOf(secret: string): Promise<Tokens> {
  const encoder = new TextEncoder();
  const raw = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
  const header = base64url(
    encoder.encode(JSON.stringify({ alg: "HS256", typ: "JWT", kid: keyId })),
  );
  const verified = new Map<string, VerifiedToken>();

  async function check(token: string): Promise<VerifiedToken | null> {
    const [head, payload, signature] = token.split(".");
    if (!head || !payload || !signature) return null;
    const signed = encoder.encode(`${head}.${payload}`);
    const claimed = bytesOf(signature);
    if (!claimed || !await crypto.subtle.verify("HMAC", key, claimed, signed)) return null;
    const [{ alg }, { exp }] = [decode(head), decode(payload)];
    if (alg !== "HS256" || typeof exp !== "number") return null;
    const body = `${header}.${payload}`;
    const again = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body)));
    return { withKeyId: `${body}.${base64url(again)}`, expires: exp };
  }

  return {
    jwks: JSON.stringify({ keys: [{ kty: "oct", k: base64url(raw), alg: "HS256", kid: keyId }] }),
    async verify(token) {
      const known = verified.get(token) ?? await check(token);
      if (!known) return null;
      if (known.expires * 1000 <= Date.now()) {
        verified.delete(token);
        return null;
      }
      if (verified.size >= capacity) verified.delete(verified.keys().next().value ?? "");
      verified.set(token, known);
      return known;
    },
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function decode(part: string): Record<string, unknown> {
  const bytes = bytesOf(part);
  return bytes ? JSON.parse(new TextDecoder().decode(bytes)) : {};
}
