import type { Pose } from "./pose.ts";
import { distance, median, type Picture } from "./raster.ts";

/** The colour of a person's skin in a picture, and how to tell it. */
export interface Skin {
  r: number;
  g: number;
  b: number;
  luminance: number;
  /** Whether a pixel is of this skin, in light or shade. */
  matches(i: number): boolean;
}

/** Relative luminance of an sRGB pixel, near enough (ITU-R BT.709 weights on gamma-coded values). */
export function luminanceAt(rgb: Uint8Array, i: number): number {
  return 0.2126 * rgb[i * 3]! + 0.7152 * rgb[i * 3 + 1]! + 0.0722 * rgb[i * 3 + 2]!;
}

/** Reads skin off the cheeks and around the nose: the median, so that lips, shine and stubble do not count. */
export function findSkin({ width, height, rgb }: Picture, { pose }: { pose: Pose }): Skin {
  const { nose, left_eye, right_eye } = pose;
  const eyes = Math.max(distance(left_eye, right_eye), 8);
  const pixels: number[] = [];
  for (
    const [dx, dy] of [[0, 0], [-0.55, 0.15], [0.55, 0.15], [-0.4, 0.35], [0.4, 0.35]] as const
  ) {
    const [cx, cy, radius] = [nose.x + dx * eyes, nose.y + dy * eyes, Math.ceil(eyes * 0.16)];
    for (let y = Math.round(cy - radius); y <= cy + radius; y++) {
      for (let x = Math.round(cx - radius); x <= cx + radius; x++) {
        if (x >= 0 && y >= 0 && x < width && y < height) pixels.push(y * width + x);
      }
    }
  }
  const [r, g, b] = [0, 1, 2].map((c) => median(pixels.map((i) => rgb[i * 3 + c]!))) as [
    number,
    number,
    number,
  ];
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const sum = r + g + b || 1;
  return {
    r,
    g,
    b,
    luminance,
    matches(i) {
      const total = rgb[i * 3]! + rgb[i * 3 + 1]! + rgb[i * 3 + 2]!;
      if (total < 60) return false;
      const chroma = Math.hypot(rgb[i * 3]! / total - r / sum, rgb[i * 3 + 1]! / total - g / sum);
      const light = luminanceAt(rgb, i) / Math.max(luminance, 1);
      return chroma < 0.035 && light > 0.5 && light < 1.5;
    },
  };
}
