import { verify } from "hono/jwt";
import type { Keys } from "../keys.ts";
import { StorageProblem } from "./problem.ts";

/** The role and claims under which Storage's tables are used. */
export interface Caller {
  role: "anon" | "authenticated" | "service_role";
  claims: Record<string, unknown>;
}

const roles = ["anon", "authenticated", "service_role"] as const;

/**
 * Who sends a request: the user of an access token, or the role of an API key.
 * @throws StorageProblem when neither is good.
 */
export async function callerOf(request: Request, keys: Keys): Promise<Caller> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const apikey = request.headers.get("apikey");
  const role = roleOfKey(bearer ?? apikey, keys);
  if (role) return { role, claims: { role } };
  if (!bearer) throw new StorageProblem(401, "Unauthorized", "No API key found in request");
  const claims = await verify(bearer, keys.jwtSecret, "HS256").catch(() => null);
  const claimed = roles.find((known) => known === claims?.["role"]);
  if (!claims || !claimed || claims.exp === undefined) {
    throw new StorageProblem(403, "Unauthorized", "invalid JWT");
  }
  return { role: claimed, claims };
}

function roleOfKey(key: string | null | undefined, keys: Keys): Caller["role"] | null {
  if (key === keys.publishable) return "anon";
  return key === keys.secret || key === keys.automations ? "service_role" : null;
}
