import sharp from "sharp";
import type { Mask, Picture } from "./raster.ts";
import { Refusal } from "./refusal.ts";

/** A decoded picture; `alpha` where it says what is in front. */
export interface Decoded {
  picture: Picture;
  alpha: Mask | null;
}

// Nothing is decoded twice, so a cache would only hold memory.
sharp.cache(false);

const smallest = 200;
const mostPixels = 40_000_000;

/**
 * Decodes a PNG, JPEG or WebP upright, in sRGB, on white, no side longer than `longest`. Size is read from the header before anything is
 * decoded.
 * @throws Refusal not_a_picture, picture_broken, picture_too_small, picture_too_large.
 */
export async function decode(
  bytes: Uint8Array,
  maxBytes: number,
  longest: number,
): Promise<Decoded> {
  if (bytes.length > maxBytes) {
    throw new Refusal(
      "picture_too_large",
      `A picture may have at most ${Math.floor(maxBytes / 1024 / 1024)} MB.`,
    );
  }
  // Only the header is read here, so a size beyond every limit can be named.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch(() => null);
  if (!header || !["png", "jpeg", "webp"].includes(header.format)) {
    throw new Refusal("not_a_picture", "Send a PNG, JPEG or WebP picture.");
  }
  const { width, height } = header;
  if (width * height > mostPixels) {
    throw new Refusal("picture_too_large", "A picture may have at most 40 megapixels.");
  }
  if (Math.min(width, height) < smallest) {
    throw new Refusal(
      "picture_too_small",
      `Each side of a picture must have at least ${smallest} pixels.`,
    );
  }
  const upright = sharp(bytes, { limitInputPixels: mostPixels, failOn: "error" }).rotate()
    .toColourspace("srgb")
    .resize({ width: longest, height: longest, fit: "inside", withoutEnlargement: true })
    .ensureAlpha();
  const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true }).catch(() => {
    throw new Refusal("picture_broken", "The picture is damaged and cannot be read.");
  });
  return split(data, info.width, info.height);
}

function split(rgba: Uint8Array, width: number, height: number): Decoded {
  const rgb = new Uint8Array(width * height * 3);
  const alpha = new Float32Array(width * height);
  let transparent = 0;
  for (let i = 0; i < alpha.length; i++) {
    const a = rgba[i * 4 + 3]! / 255;
    alpha[i] = a;
    if (a < 0.5) transparent++;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = Math.round(rgba[i * 4 + c]! * a + 255 * (1 - a));
  }
  const picture = { width, height, rgb };
  return {
    picture,
    alpha: transparent > alpha.length * 0.02 ? { width, height, values: alpha } : null,
  };
}

/** The picture as a PNG. */
export async function encode({ width, height, rgb }: Picture): Promise<Uint8Array> {
  return new Uint8Array(
    await sharp(rgb, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 7 })
      .toBuffer(),
  );
}
