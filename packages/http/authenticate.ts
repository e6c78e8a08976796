import { createHash, timingSafeEqual } from "node:crypto";
import { extractCredentials, resolveEnv, verifyCredentials } from "@supabase/server/core";
import { anonymousCaller, type Caller, serviceCaller } from "../database/database.ts";
import { Problem, problem } from "./problem.ts";
import type { AuthMode } from "./route.ts";

/** Overrides of the project's address, keys and token keys; without them, the environment's. */
export type AuthSettings = Parameters<typeof resolveEnv>[0];

/** Who is calling. */
export interface Identity {
  caller: Caller;
  /** The user's id, or empty. */
  userId: string;
  /** Whose rate limit a call counts against: `user:<id>`, `key:<name>` or `address:<digest>`. */
  bucket: string;
}

/** Checks a request's credentials against a route's mode. */
export type Authenticate = (request: Request, mode: AuthMode) => Promise<Identity>;

/** The claims that SQL sees. Personal data stays out: statements that fail are logged. */
const passedClaims = ["sub", "role", "aud", "aal", "session_id", "is_anonymous", "app_metadata"];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Verifies tokens by the project's keys and secret keys in constant time. A secret key that was accepted is known
 * again by its digest: verifying it takes WebCrypto's threads, which cost more than the rest of a call.
 *
 * @param issuer who must have issued a user's token; undefined: whoever holds the project's signing key
 * @throws Problem `unauthorized` 401 for the caller's fault; the environment's faults as errors.
 */
export function authenticator(settings?: AuthSettings, issuer?: string): Authenticate {
  let resolved: AuthSettings | undefined;
  const env = () => resolved ??= resolveEnv(settings).data ?? settings ?? {};
  const accepted = new Map<AuthMode, { digest: Uint8Array; identity: Identity }>();
  return async (request, mode) => {
    if (mode === "signature") {
      return { caller: serviceCaller, userId: "", bucket: "" };
    }
    if (mode === "anyone") {
      return { caller: anonymousCaller, userId: "", bucket: await addressBucket(request) };
    }
    const credentials = extractCredentials(request);
    const known = accepted.get(mode);
    if (known && timingSafeEqual(known.digest, digestOf(credentials.apikey))) return known.identity;
    const { data, error } = await verifyCredentials(credentials, {
      auth: mode === "admin" ? "user" : mode,
      env: env(),
      ...(mode === "user" || mode === "admin" ? { audience: "authenticated" } : {}),
      ...(issuer ? { issuer } : {}),
    });
    if (error) throw refusal(error);
    if (data.authMode === "user") return userIdentity(data.jwtClaims ?? {}, data.token ?? "");
    const bucket = `key:${data.keyName ?? "default"}`;
    const identity: Identity = { caller: serviceCaller, userId: "", bucket };
    accepted.set(mode, { digest: digestOf(credentials.apikey), identity });
    return identity;
  };
}

function digestOf(apikey: string | null): Uint8Array {
  return createHash("sha256").update(apikey ?? "").digest();
}

/** Addresses are personal data: a bucket is named by a digest of one. */
async function addressBucket(request: Request): Promise<string> {
  const { headers } = request;
  const forwarded = headers.get("x-forwarded-for")?.split(",")[0]?.trim();
  const address = headers.get("cf-connecting-ip") ?? forwarded ?? "unknown";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(address));
  return `address:${new Uint8Array(digest).toHex().slice(0, 16)}`;
}

function userIdentity(claims: Record<string, unknown>, token: string): Identity {
  const { sub, role } = claims;
  if (role !== "authenticated" || typeof sub !== "string" || !uuid.test(sub)) {
    throw unauthorized("The token is not a signed-in user's.");
  }
  const kept = passedClaims.filter((name) => name in claims).map((name) => [name, claims[name]]);
  const caller: Caller = { role: "authenticated", claims: Object.fromEntries(kept), token };
  return { caller, userId: sub, bucket: `user:${sub}` };
}

function refusal(error: { status: number; message: string }): Problem {
  if (error.status >= 500) {
    return new Problem(500, "internal", "Something went wrong on our side.", { cause: error });
  }
  return unauthorized("A valid token or key is needed.", error);
}

function unauthorized(detail: string, cause?: unknown): Problem {
  return problem("unauthorized", detail, cause === undefined ? {} : { cause });
}
