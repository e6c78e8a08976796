import type { Guest } from "../guest.ts";

/** Puts a picture into somebody's own folder and returns its path. */
export async function uploadPhoto({ id, supabase }: Guest, file: string): Promise<string> {
  const path = `${id}/${crypto.randomUUID()}.png`;
  const { error } = await supabase.storage.from("modera-inputs")
    .upload(path, await Deno.readFile(file), { contentType: "image/png" });
  if (error) throw error;
  return path;
}
