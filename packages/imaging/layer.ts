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

/** Reads a garment's colour and mask between pixels, bilinear; its colours reach beyond its edge (see `bleed`). */
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
  if (x0 < 0 || y0 < 0 || x0 >= width - 1 || y0 >= height - 1) return;
  const [fx, fy] = [x - x0, y - y0];
  for (let corner = 0; corner < 4; corner++) {
    const [dx, dy] = [corner & 1, corner >> 1];
    const i = (y0 + dy) * width + x0 + dx;
    const share = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy);
    out.alpha += values[i]! * share;
    out.r += rgb[i * 3]! * share;
    out.g += rgb[i * 3 + 1]! * share;
    out.b += rgb[i * 3 + 2]! * share;
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
