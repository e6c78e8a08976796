import sharp from "sharp";
import { Refusal } from "../refusal.ts";
import { refuseForeign } from "./artwork.ts";

/** A picture written anew. */
export interface Rendition {
  png: Uint8Array;
  width: number;
  height: number;
}

/** As many as an upload may have: nothing is held decoded in whole. */
const mostPixels = 100_000_000;
const formats = ["png", "jpeg", "webp", "tiff", "svg"];

/**
 * A picture as a PNG that every program reads: upright, in sRGB, of 8 bits, without what a camera noted in it. An SVG is drawn at its own size.
 *
 * @param longest pixels that the longer side has at most
 * @throws Refusal not_a_picture, picture_format_unsupported, picture_broken, picture_too_large.
 */
export async function rendition(
  bytes: Uint8Array,
  { maxImageBytes, longest }: { maxImageBytes: number; longest?: number | undefined },
): Promise<Rendition> {
  if (bytes.length > maxImageBytes) throw tooLarge(`${Math.floor(maxImageBytes / 1048576)} MB`);
  if (!isDrawing(bytes)) refuseForeign(bytes);
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch(() => null);
  if (!header) throw new Refusal("picture_broken", "The picture is damaged and cannot be read.");
  if (!formats.includes(header.format)) {
    throw new Refusal("picture_format_unsupported", "Send a PNG, JPEG, WebP, TIFF or SVG.");
  }
  if (header.width * header.height > mostPixels) throw tooLarge(`${mostPixels / 1e6} megapixels`);
  const size = longest === undefined ? null : { width: longest, height: longest };
  const upright = sharp(bytes, { limitInputPixels: mostPixels, failOn: "warning" }).rotate()
    .toColourspace("srgb");
  const sized = size
    ? upright.resize({ ...size, fit: "inside", withoutEnlargement: true })
    : upright;
  const { data, info } = await sized.png({ compressionLevel: 2, adaptiveFiltering: true })
    .toBuffer({ resolveWithObject: true }).catch(() => {
      throw new Refusal("picture_broken", "The picture is damaged and cannot be read.");
    });
  return { png: new Uint8Array(data), width: info.width, height: info.height };
}

/** An SVG, without what could run in one. */
function isDrawing(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 4096));
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:\w+:)?svg\b/.test(head) &&
    !new TextDecoder().decode(bytes).includes("<script");
}

function tooLarge(limit: string): Refusal {
  return new Refusal("picture_too_large", `A picture may have at most ${limit}.`);
}
