import { dataApiDatabase } from "./data_api.ts";
import type { Database } from "./database.ts";
import { directDatabase } from "./direct.ts";

/** Reads one variable of the environment. */
export type ReadEnv = (name: string) => string | undefined;

const opened = new Map<string, Database>();

/**
 * The database that the environment names, one pool for an isolate. `DATABASE_ADAPTER` chooses
 * `direct` or `data-api`; without it, direct when `FUNCTIONS_DB_URL` or `SUPABASE_DB_URL` is set.
 *
 * @throws Error naming the variable that is missing or wrong.
 */
export function databaseFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Database {
  const dbUrl = read("FUNCTIONS_DB_URL") || read("SUPABASE_DB_URL");
  const adapter = read("DATABASE_ADAPTER") || (dbUrl ? "direct" : "data-api");
  const address = adapter === "direct" ? dbUrl : read("SUPABASE_URL");
  if (adapter !== "direct" && adapter !== "data-api") {
    throw new Error(`DATABASE_ADAPTER is ${adapter}; it must be direct or data-api.`);
  }
  if (!address) {
    throw new Error(
      adapter === "direct"
        ? "The direct adapter needs FUNCTIONS_DB_URL or SUPABASE_DB_URL."
        : "The data-api adapter needs SUPABASE_URL.",
    );
  }
  const known = opened.get(`${adapter} ${address}`);
  if (known) return known;
  const database = adapter === "direct" ? directDatabase(address) : dataApiDatabase({
    url: address,
    publishableKey: defaultKey("SUPABASE_PUBLISHABLE_KEYS", read),
    secretKey: defaultKey("SUPABASE_SECRET_KEYS", read),
  });
  opened.set(`${adapter} ${address}`, database);
  return database;
}

/**
 * The key named `default` in a variable of the form `{"default": "sb_…"}`.
 *
 * @throws Error naming the variable when the key is not there.
 */
export function defaultKey(variable: string, read: ReadEnv): string {
  const keys: unknown = JSON.parse(read(variable) || "{}");
  const key = (keys as Record<string, unknown>)["default"];
  if (typeof key !== "string" || key === "") {
    throw new Error(`${variable} has no key named default.`);
  }
  return key;
}
