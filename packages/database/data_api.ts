import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Caller, Database, RequestMark, Session } from "./database.ts";
import { databaseUnavailable, internalProblem, Problem } from "./problem.ts";
import { problemOfSqlError, refusalOf } from "./sql_problem.ts";
import type { Json } from "./types.ts";

/** Where the Data API is and the keys it takes. */
export interface DataApiOptions {
  url: string;
  publishableKey: string;
  secretKey: string;
  fetch?: typeof fetch;
}

/**
 * Reaches the database through the Data API: for places from which no Postgres connection can be
 * made. A user's call carries the user's own token, which the Data API verifies once more.
 */
export function dataApiDatabase(options: DataApiOptions): Database {
  const publishable = clientFor(options, options.publishableKey);
  const secret = clientFor(options, options.secretKey);
  const as = (caller: Caller, mark?: RequestMark): Session => ({
    async rpc(schema, name, args) {
      const client = caller.role === "service_role" ? secret : publishable;
      return refusalOf(await call(client, { caller, mark }, schema, name, args));
    },
    marked: (mark) => as(caller, mark),
  });
  return { as, close: () => Promise.resolve() };
}

function clientFor(options: DataApiOptions, key: string): SupabaseClient {
  return createClient(options.url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(options.fetch ? { global: { fetch: options.fetch } } : {}),
  });
}

async function call(
  client: SupabaseClient,
  { caller, mark }: { caller: Caller; mark: RequestMark | undefined },
  schema: string,
  name: string,
  args: object,
): Promise<Json> {
  const request = client.schema(schema).rpc(name, args);
  if (mark) {
    request.setHeader("X-Request-Id", mark.requestId).setHeader("traceparent", mark.traceparent);
  }
  if (caller.role === "authenticated") {
    if (!caller.token) throw internalProblem("A user's call over the Data API needs their token.");
    request.setHeader("Authorization", `Bearer ${caller.token}`);
  }
  const { data, error, status } = await request;
  if (error === null) return data as Json;
  if (status === 401 && error.code !== "PT401") {
    throw new Problem(401, "unauthorized", "The access token is not valid.", { cause: error });
  }
  // 0: no answer at all; 502 to 504 without a code of ours: a gateway's word for the same.
  if (status === 0 || (status >= 502 && status <= 504 && !error.code?.startsWith("PT"))) {
    throw databaseUnavailable(error);
  }
  throw problemOfSqlError(error);
}
