import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { Problem } from "../http/problem.ts";

/** Storage with the service's rights. */
export type Storage = SupabaseClient["storage"];

/** Where users put pictures, and where results are put for them. Neither is public. */
export const inputsBucket = "modera-inputs";
export const resultsBucket = "modera-results";

/**
 * Storage as the environment describes it (SUPABASE_URL, SUPABASE_SECRET_KEYS).
 *
 * @throws Error naming the variable that is missing.
 */
export function storageFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Storage {
  const url = read("SUPABASE_URL");
  if (!url) throw new Error("The environment lacks SUPABASE_URL.");
  return createClient(url, defaultKey("SUPABASE_SECRET_KEYS", read), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  }).storage;
}

/**
 * An address that serves a stored picture for `seconds`.
 *
 * @throws Problem `internal` when Storage gives none.
 */
export async function signedAddress(
  storage: Storage,
  bucket: string,
  path: string,
  seconds: number,
): Promise<string> {
  const { data, error } = await storage.from(bucket).createSignedUrl(path, seconds);
  if (error) throw storageProblem(error);
  return data.signedUrl;
}

/** What Storage could not do; callers may try again. */
export function storageProblem(cause: unknown): Problem {
  return new Problem(500, "internal", "Storage does not answer as it should.", { cause });
}
