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
 * Addresses that serve files of one bucket for `seconds`, by their paths; a file that is not there has none.
 *
 * @throws Problem `internal` when Storage gives none.
 */
export async function signedAddresses(
  storage: Storage,
  bucket: string,
  paths: readonly string[],
  seconds: number,
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const { data, error } = await storage.from(bucket).createSignedUrls([...paths], seconds);
  if (error) throw storageProblem(error);
  return new Map(
    data.flatMap(({ path, signedUrl }) => path && signedUrl ? [[path, signedUrl]] : []),
  );
}

/** An address to which one file may be uploaded, once, and the token in it. */
export interface UploadAddress {
  url: string;
  token: string;
}

/**
 * An address that takes one file for two hours, where none is yet.
 *
 * @throws Problem `internal` when Storage gives none.
 */
export async function uploadAddress(
  storage: Storage,
  { bucket, path }: StoredFile,
): Promise<UploadAddress> {
  const { data, error } = await storage.from(bucket).createSignedUploadUrl(path);
  if (error) throw storageProblem(error);
  return { url: data.signedUrl, token: data.token };
}

/**
 * The bytes of a stored file.
 *
 * @throws Problem `internal` when Storage does not give them.
 */
export async function storedBytes(
  storage: Storage,
  { bucket, path }: StoredFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const { data, error } = await storage.from(bucket).download(path);
  if (error) throw storageProblem(error);
  return new Uint8Array(await data.arrayBuffer());
}

/** Puts a file into Storage, in the place of what was there. @throws Problem `internal` when Storage does not take it. */
export async function storeFile(
  storage: Storage,
  { bucket, path }: StoredFile,
  bytes: Uint8Array,
  contentType: string,
): Promise<void> {
  const { error } = await storage.from(bucket).upload(path, bytes, { contentType, upsert: true });
  if (error) throw storageProblem(error);
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
