import { createClient } from "@supabase/supabase-js";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { problem } from "../http/problem.ts";

/**
 * Deletes a user of Auth, by its admin API; one who is gone already is no error. The environment says
 * where Auth is (SUPABASE_URL, SUPABASE_SECRET_KEYS).
 *
 * @throws Problem `provider_unavailable` (503) when Auth did not do it.
 */
export async function deleteAuthUserFromEnv(
  userId: string,
  read: ReadEnv = (name) => Deno.env.get(name),
): Promise<void> {
  const url = read("SUPABASE_URL");
  if (!url) throw new Error("The environment lacks SUPABASE_URL.");
  const { auth } = createClient(url, defaultKey("SUPABASE_SECRET_KEYS", read), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const { error } = await auth.admin.deleteUser(userId);
  if (!error || error.code === "user_not_found" || error.status === 404) return;
  throw problem("provider_unavailable", "Auth did not delete the user.", { cause: error });
}
