import type { ReadEnv } from "../database/from_env.ts";

/**
 * Where functions are reached from outside, without a slash at the end: FUNCTIONS_PUBLIC_URL, or else
 * below SUPABASE_URL.
 *
 * @throws Error when neither is set.
 */
export function functionsUrl(read: ReadEnv = (name) => Deno.env.get(name)): string {
  const set = read("FUNCTIONS_PUBLIC_URL");
  if (set) return set.replace(/\/$/, "");
  const project = read("SUPABASE_URL");
  if (!project) throw new Error("The environment lacks SUPABASE_URL.");
  return `${project.replace(/\/$/, "")}/functions/v1`;
}
