/** The kinds of pictures that are taken and made. */
export type PictureType = "image/png" | "image/jpeg" | "image/webp";

/** What an engine may make: a picture, or a drawing that holds shapes alone. */
export type OutputType = PictureType | "image/svg+xml";

/** The kind by the first bytes: PNG, JPEG and RIFF/WEBP have fixed ones. */
export function pictureType(bytes: Uint8Array): PictureType | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return undefined;
}
