import { groundOf } from "../ground.ts";
import { coverage, emptyMask, type Mask, type Picture, smooth } from "../raster.ts";
import { Refusal } from "../refusal.ts";
import { salientMask } from "../saliency.ts";
import type { Artwork } from "./artwork.ts";
import { withoutGround } from "./decontaminate.ts";
import { guidedFilter } from "./guided_filter.ts";
import { type Enclosed, plainGroundMatte } from "./plain_ground.ts";

/** A cut-out, and how it was found. */
export interface CutOut {
  artwork: Artwork;
  /** The picture's own transparency, the colour of a plain border, or what stands out. */
  by: "own-alpha" | "plain-ground" | "subject";
  /** The share of the picture that stayed, 0 to 1. */
  coverage: number;
}

/**
 * Removes the background. What is to be done is read off the border: transparent, of one colour, or neither.
 * @throws Refusal subject_not_found when nothing, or everything, would stay.
 */
export async function removeBackground(artwork: Artwork, enclosed: Enclosed): Promise<CutOut> {
  const { width, height, rgba } = artwork;
  if (hasOwnGround(artwork)) {
    return found(artwork, alphaOf(artwork), "own-alpha", rgba);
  }
  const picture = onWhite(artwork);
  const ground = groundOf(picture);
  const matte = ground.plain
    ? plainGroundMatte(picture, ground, enclosed)
    : await subjectMatte(picture);
  const cut = withoutGround(picture, matte, ground.plain ? ground.colour : null);
  return found(
    { ...artwork, width, height },
    matte,
    ground.plain ? "plain-ground" : "subject",
    cut,
  );
}

function found(
  artwork: Artwork,
  matte: Mask,
  by: CutOut["by"],
  rgba: Uint8Array,
): CutOut {
  const share = coverage(matte);
  if (share < 0.0005 || (share > 0.995 && by !== "own-alpha")) {
    throw new Refusal(
      "subject_not_found",
      "Nothing stands out from a background in this picture.",
    );
  }
  return { artwork: { ...artwork, rgba, transparent: true }, by, coverage: share };
}

async function subjectMatte(picture: Picture): Promise<Mask> {
  const { width, height } = picture;
  const coarse = await salientMask(picture);
  // The model sees 320 × 320: its edge is anywhere within one of its pixels.
  const radius = Math.max(width, height) / 60;
  const fine = guidedFilter(lightOf(picture), coarse, radius, 1e-4, Math.max(1, radius / 6));
  fine.values.forEach((value, i) => fine.values[i] = smooth(0.2, 0.8, value));
  return fine;
}

function lightOf({ width, height, rgb }: Picture): Mask {
  const light = emptyMask(width, height);
  for (let i = 0; i < light.values.length; i++) {
    light.values[i] = (0.2126 * rgb[i * 3]! + 0.7152 * rgb[i * 3 + 1]! + 0.0722 * rgb[i * 3 + 2]!) /
      255;
  }
  return light;
}

/** Most of the border is transparent. */
function hasOwnGround({ width, height, rgba, transparent }: Artwork): boolean {
  if (!transparent) return false;
  let clear = 0;
  const look = (i: number) => clear += Number(rgba[i * 4 + 3]! < 128);
  for (let x = 0; x < width; x++) look(x), look((height - 1) * width + x);
  for (let y = 0; y < height; y++) look(y * width), look(y * width + width - 1);
  return clear > width + height;
}

function alphaOf({ width, height, rgba }: Artwork): Mask {
  const alpha = emptyMask(width, height);
  for (let i = 0; i < alpha.values.length; i++) alpha.values[i] = rgba[i * 4 + 3]! / 255;
  return alpha;
}

function onWhite({ width, height, rgba }: Artwork): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const a = rgba[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = Math.round(rgba[i * 4 + c]! * a + 255 * (1 - a));
  }
  return { width, height, rgb };
}
