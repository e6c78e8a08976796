import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { Problem } from "../database/problem.ts";

/** Storage with the service's rights. */
export type Storage = SupabaseClient["storage"];

/** Where a stored file is. */
export interface StoredFile {
  bucket: string;
  path: string;
}

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
 * An address that serves a stored file for `seconds`; `saveAs` makes browsers save it under that name.
 *
 * @throws Problem `internal` when Storage gives none.
 */
export async function signedAddress(
  storage: Storage,
  { bucket, path }: StoredFile,
  seconds: number,
  saveAs?: string,
): Promise<string> {
  const options = saveAs === undefined ? {} : { download: saveAs };
  const { data, error } = await storage.from(bucket).createSignedUrl(path, seconds, options);
  if (error) throw storageProblem(error);
  return data.signedUrl;
}

/**
 * Deletes files, rows and bytes.
 *
 * @throws Problem `internal` when Storage deleted none of those that it was asked to delete.
 */
export async function deleteFiles(storage: Storage, files: readonly StoredFile[]): Promise<void> {
  for (const [bucket, found] of Map.groupBy(files, ({ bucket }) => bucket)) {
    const { data, error } = await storage.from(bucket).remove(found.map(({ path }) => path));
    if (error) throw storageProblem(error);
    // Without this, what Storage does not delete would be asked for without end.
    if (data.length === 0) throw storageProblem(new Error(`${bucket}: nothing was deleted`));
  }
}

/** What Storage could not do; callers may try again. */
export function storageProblem(cause: unknown): Problem {
  return new Problem(500, "internal", "Storage does not answer as it should.", { cause });
}
