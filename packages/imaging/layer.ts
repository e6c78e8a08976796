import type { Mask, Picture } from "./raster.ts";

/** A picture with its own transparency, of the size of the person's picture. */
export interface Layer {
  width: number;
  height: number;
  rgb: Float32Array;
  alpha: Float32Array;
}

/** A layer on which nothing is. */
export function emptyLayer(width: number, height: number): Layer {
  return {
    width,
    height,
    rgb: new Float32Array(width * height * 3),
    alpha: new Float32Array(width * height),
  };
}

/** Colour and mask of a garment between pixels. */
export interface Sample {
  r: number;
  g: number;
  b: number;
  alpha: number;
}

/** Reads a garment's colour, bilinear, only from pixels that belong to it, so that no ground bleeds in. */
export function sampleGarment(
  { width, height, rgb }: Picture,
  { values }: Mask,
  x: number,
  y: number,
  out: Sample,
): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  out.r =
    out.g =
    out.b =
    out.alpha =
      0;
  let weight = 0;
  for (let dy = 0; dy <= 1; dy++) {
    for (let dx = 0; dx <= 1; dx++) {
      const [px, py] = [x0 + dx, y0 + dy];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const i = py * width + px;
      const share = (dx ? x - x0 : 1 - x + x0) * (dy ? y - y0 : 1 - y + y0);
      const a = values[i]! * share;
      out.alpha += a;
      out.r += rgb[i * 3]! * a;
      out.g += rgb[i * 3 + 1]! * a;
      out.b += rgb[i * 3 + 2]! * a;
      weight += a;
    }
  }
  if (weight > 0) {
    out.r /= weight;
    out.g /= weight;
    out.b /= weight;
  }
}

/** Puts a colour over what a layer has at a pixel. */
export function paint(
  layer: Layer,
  i: number,
  r: number,
  g: number,
  b: number,
  alpha: number,
): void {
  if (alpha <= 0) return;
  const below = layer.alpha[i]! * (1 - alpha);
  const total = alpha + below;
  layer.rgb[i * 3] = (r * alpha + layer.rgb[i * 3]! * below) / total;
  layer.rgb[i * 3 + 1] = (g * alpha + layer.rgb[i * 3 + 1]! * below) / total;
  layer.rgb[i * 3 + 2] = (b * alpha + layer.rgb[i * 3 + 2]! * below) / total;
  layer.alpha[i] = total;
}
