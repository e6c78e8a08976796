import type { Database as Schemas, Json } from "./types.ts";

/** The schemas whose functions can be called. */
export type ExposedSchema = Exclude<keyof Schemas, "__InternalSupabase">;

/** The functions of one exposed schema. */
export type FunctionName<S extends ExposedSchema> = keyof Schemas[S]["Functions"] & string;

type FunctionOf<S extends ExposedSchema, F extends FunctionName<S>> = Schemas[S]["Functions"][F];

/** The named arguments of a function; `null` stands for SQL null. */
export type Arguments<S extends ExposedSchema, F extends FunctionName<S>> = FunctionOf<S, F> extends
  { Args: infer A } ? [A] extends [never] ? Record<string, never> : { [K in keyof A]: A[K] | null }
  : never;

/** The role and claims that a call runs with: Postgres policies see exactly these. */
export interface Caller {
  role: "anon" | "authenticated" | "service_role";
  /** The verified claims of the caller's token; `sub` is what `auth.uid()` returns. */
  claims: Record<string, unknown>;
  /** The caller's own token, which the Data API wants and the direct connection does not. */
  token?: string;
}

/** The request that calls belong to: SQL keeps it with what it records and with the jobs it queues. */
export interface RequestMark {
  requestId: string;
  /** W3C Trace Context. */
  traceparent: string;
}

/** Calls of SQL functions as one caller. */
export interface Session {
  /**
   * Calls `schema.name` with named arguments in a transaction of its own.
   *
   * @returns what the function returned; a scalar or jsonb as JSON. Read it with `readAnswer`.
   * @throws Problem: what SQL raised or refused; `database_unavailable` (503) when there is no
   * connection; `internal` (500) for every other error.
   */
  rpc<S extends ExposedSchema, F extends FunctionName<S>>(
    schema: S,
    name: F,
    args: Arguments<S, F>,
  ): Promise<Json>;
  /** The same caller, for another request. */
  marked(mark: RequestMark): Session;
}

/** A way to reach the database's functions. */
export interface Database {
  /** Calls as `caller`. Nothing of one caller's role or claims reaches another's calls. */
  as(caller: Caller, mark?: RequestMark): Session;
  /** Ends the connections; calls under way finish first. */
  close(): Promise<void>;
}

/** A caller whom nobody knows. */
export const anonymousCaller: Caller = { role: "anon", claims: { role: "anon" } };

/** The service's own caller, which row level security does not bind. */
export const serviceCaller: Caller = { role: "service_role", claims: { role: "service_role" } };
