import type { PictureType } from "../inspect/facts.ts";
import { strippedJpeg } from "./jpeg.ts";
import { strippedPng } from "./png.ts";
import { strippedTiff } from "./tiff.ts";
import { strippedWebp } from "./webp.ts";

/**
 * A picture without what a camera or a program noted in it: EXIF with the place where it was taken, XMP, IPTC, comments. How it is to be
 * turned, its resolution and its colour profile stay, and no pixel is touched. The same bytes where there is nothing to be taken out.
 *
 * @throws Problem `picture_broken`.
 */
export function withoutNotes(bytes: Uint8Array, type: PictureType): Uint8Array {
  switch (type) {
    case "image/jpeg":
      return strippedJpeg(bytes);
    case "image/png":
      return strippedPng(bytes);
    case "image/webp":
      return strippedWebp(bytes);
    case "image/tiff":
      return strippedTiff(bytes);
    case "image/svg+xml":
      return bytes;
  }
}
