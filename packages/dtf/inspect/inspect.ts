import { problem } from "../../http/problem.ts";
import { animated, type PictureFacts, upright } from "./facts.ts";
import { inspectJpeg } from "./jpeg.ts";
import { inspectPng } from "./png.ts";
import { inspectSvg } from "./svg.ts";
import { inspectTiff } from "./tiff.ts";
import { inspectWebp } from "./webp.ts";

/** Pixels that each side must have. */
const smallestSide = 16;
/** Pixels that a picture may have. */
const mostPixels = 100_000_000;

const heic = /^(heic|heix|hevc|hevx|heim|heis|mif1|msf1)$/;

/**
 * What a file is, by its own bytes and not by its name, and what it says of the picture in it. Nothing is decoded, so that a
 * picture of any size costs the same.
 *
 * @throws Problem `unsupported_media_type` (415), `picture_too_small`, `picture_too_large`, `picture_broken`, `picture_animated`,
 * `picture_cmyk`, `picture_16_bit`, `picture_heic` or `picture_svg_unsafe` (422).
 */
export function inspectPicture(bytes: Uint8Array): PictureFacts {
  const facts = upright(inspectorOf(bytes)(bytes));
  const { width, height } = facts;
  if (Math.min(width, height) < smallestSide) {
    throw problem("picture_too_small", `Each side needs at least ${smallestSide} pixels.`, {
      extra: { min_side: smallestSide },
    });
  }
  if (width * height > mostPixels) {
    throw problem("picture_too_large", "A picture may have up to 100 megapixels.", {
      extra: { max_pixels: mostPixels },
    });
  }
  return facts;
}

function inspectorOf(bytes: Uint8Array): (bytes: Uint8Array) => PictureFacts {
  const head = String.fromCharCode(...bytes.subarray(0, 256));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return inspectPng;
  if (head.startsWith("\xff\xd8\xff")) return inspectJpeg;
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return inspectWebp;
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return inspectTiff;
  if (head.slice(4, 8) === "ftyp" && heic.test(head.slice(8, 12))) {
    throw problem("picture_heic", "HEIC is not taken: save the picture as JPEG or PNG.");
  }
  if (/^GIF8[79]a/.test(head) && new TextDecoder("latin1").decode(bytes).includes("NETSCAPE2.0")) {
    throw animated();
  }
  if (
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml\s[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!doctype[^>]*>?\s*)?<(?:\w+:)?svg\b/i
      .test(svgHead(bytes))
  ) {
    return inspectSvg;
  }
  throw problem("unsupported_media_type", "This is no PNG, JPEG, WebP, TIFF or SVG.");
}

/** Enough of a text to find its root element. */
function svgHead(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
}
