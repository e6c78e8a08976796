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
 * Verifies tokens by the project's keys and secret keys in constant time.
 *
 * @param issuer who must have issued a user's token; undefined: whoever holds the project's signing key
 * @throws Problem `unauthorized` 401 for the caller's fault; the environment's faults as errors.
 */
export function authenticator(settings?: AuthSettings, issuer?: string): Authenticate {
  let resolved: AuthSettings | undefined;
  const env = () => resolved ??= resolveEnv(settings).data ?? settings ?? {};
  return async (request, mode) => {
    if (mode === "signature") {
      return { caller: serviceCaller, userId: "", bucket: "" };
    }
    if (mode === "anyone") {
      return { caller: anonymousCaller, userId: "", bucket: await addressBucket(request) };
    }
    const { data, error } = await verifyCredentials(extractCredentials(request), {
      auth: mode === "admin" ? "user" : mode,
      env: env(),
      ...(mode === "user" || mode === "admin" ? { audience: "authenticated" } : {}),
      ...(issuer ? { issuer } : {}),
    });
    if (error) throw refusal(error);
    if (data.authMode !== "user") {
      return { caller: serviceCaller, userId: "", bucket: `key:${data.keyName ?? "default"}` };
    }
    return userIdentity(data.jwtClaims ?? {}, data.token ?? "");
  };
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
