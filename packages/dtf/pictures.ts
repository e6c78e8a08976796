import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { signedAddresses, type Storage } from "../storage/storage.ts";

/** Where all pictures of DTF Editor are. It is not public. */
export const imagesBucket = "dtf-images";

/** How long an address in an answer serves a picture, in seconds. */
export const addressSeconds = 600;

/** A picture as SQL tells it: with paths. */
export const storedImage = z.object({
  image_id: z.uuid(),
  filename: z.string(),
  status: z.enum(["pending", "processing", "completed", "failed"]),
  error: z.string().nullable().describe("Why it failed: a code of the table of problems"),
  type: z.string().nullable().describe("What the file's first bytes say"),
  size: z.int().nullable().describe("Bytes"),
  width: z.int().nullable().describe("Pixels"),
  height: z.int().nullable(),
  has_alpha: z.boolean().nullable(),
  dpi: z.int().describe("The resolution of the print, in pixels per inch"),
  print_width_cm: z.number().nullable(),
  print_height_cm: z.number().nullable(),
  sha256: z.string().nullable().describe("Of the uploaded file, in hex"),
  is_favorite: z.boolean(),
  download_count: z.int(),
  created_at: z.string(),
  expires_at: z.string().nullable().describe("When it is deleted with its files"),
  path: z.string().nullable(),
  thumbnail_path: z.string().nullable(),
});

/** A picture on the wire: with the address of its small picture in the place of paths. */
export const shownImage = storedImage.omit({ path: true, thumbnail_path: true }).extend({
  thumbnail_url: z.url().nullable()
    .describe("Serves a small picture of it for ten minutes; null until there is one"),
});

/** Pictures as they are shown: one call to Storage for all. */
export async function showImages(
  storage: Storage,
  answer: unknown,
): Promise<z.infer<typeof shownImage>[]> {
  const images = readAnswer(z.array(storedImage), answer);
  const paths = images.flatMap(({ thumbnail_path }) => thumbnail_path ?? []);
  const addresses = await signedAddresses(storage, imagesBucket, paths, addressSeconds);
  return images.map(({ path: _, thumbnail_path, ...image }) => ({
    ...image,
    thumbnail_url: addresses.get(thumbnail_path ?? "") ?? null,
  }));
}

/** One picture as it is shown. */
export async function showImage(
  storage: Storage,
  answer: unknown,
): Promise<z.infer<typeof shownImage>> {
  const [image] = await showImages(storage, [answer]);
  if (!image) throw new Error("A picture was given and none came out.");
  return image;
}
