import type { z } from "zod";
import type { Session } from "../database/database.ts";
import type { Logger } from "./log.ts";
import type { Trace } from "./trace.ts";

/**
 * Who may call: anyone at all, a signed-in user, an admin (a signed-in user whom the database knows
 * as one; SQL asks for which product), the holder of the secret key of this name, or a provider
 * whose signature the route itself checks over `rawBody`.
 */
export type AuthMode = "anyone" | "user" | "admin" | `secret:${string}` | "signature";

/** A rate limit: so many calls of one caller within so many seconds. */
export interface RateLimit {
  calls: number;
  seconds: number;
}

/** What a handler works with. */
export interface RouteContext<Body = unknown, Query = unknown, Params = unknown> {
  request: Request;
  requestId: string;
  trace: Trace;
  log: Logger;
  /** The caller's user id; empty when the caller is no user. */
  userId: string;
  /** SQL as the caller: a user's own rights, or the service's for keys and signatures. */
  db: Session;
  /** SQL as the service, for what a user may not do but this route does for them. */
  service: Session;
  body: Body;
  query: Query;
  params: Params;
  /** Empty when the route does not require one. */
  idempotencyKey: string;
  /** The body as it was sent, for signatures. */
  rawBody: Uint8Array;
}

/** What a handler answers. */
export interface Answer {
  status: number;
  /** Sent as JSON; a text as it is, and then `headers` say of which type. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** A request that works, for the API's description; a test sends every one. Ids are `exampleIds`. */
export interface RouteExample {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number>>;
  body?: unknown;
}

/** A route as it is declared: everything a caller must know is in it. */
export interface RouteDeclaration<Body, Query, Params> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the function's own path, e.g. `/` or `/:id`. */
  path: string;
  auth: AuthMode;
  /** One sentence for the API's description. */
  summary: string;
  body?: z.ZodType<Body>;
  query?: z.ZodType<Query>;
  params?: z.ZodType<Params>;
  /** What is answered, by status. */
  answers: Record<number, z.ZodType>;
  /** Whether an `Idempotency-Key` must be sent: always where value moves. */
  idempotent?: boolean;
  /** Bytes; 64 kB unless said. */
  maxBodyBytes?: number;
  limit?: RateLimit;
  /** By what they show, in a few words. */
  examples?: Readonly<Record<string, RouteExample>>;
  handle(context: RouteContext<Body, Query, Params>): Promise<Answer>;
}

/** A declared route whose types are known to its handler only. */
export type Route = RouteDeclaration<unknown, unknown, unknown>;

/**
 * Declares a route. The handler receives exactly what the schemas let through, so its types can be
 * forgotten here.
 */
export function route<Body = undefined, Query = Record<string, never>, Params = unknown>(
  declaration: RouteDeclaration<Body, Query, Params>,
): Route {
  return declaration as unknown as Route;
}
