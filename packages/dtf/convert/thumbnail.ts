import { encodePng } from "./png.ts";
import type { Raster } from "./raster.ts";

/**
 * A small picture of a picture, as a PNG: each pixel the mean of those that it stands for, weighted by their opacity.
 *
 * @param longest pixels that its longer side has at most
 */
export function thumbnail(raster: Raster, longest: number): Promise<Uint8Array> {
  const scale = Math.min(1, longest / Math.max(raster.width, raster.height));
  const width = Math.max(1, Math.round(raster.width * scale));
  const height = Math.max(1, Math.round(raster.height * scale));
  const { channels } = raster;
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const rows = span(y, height, raster.height);
    for (let x = 0; x < width; x++) {
      mean(raster, span(x, width, raster.width), rows, pixels, (y * width + x) * channels);
    }
  }
  return encodePng({ width, height, channels, pixels });
}

type Span = readonly [from: number, to: number];

function span(place: number, of: number, whole: number): Span {
  const from = Math.floor(place * whole / of);
  return [from, Math.max(from + 1, Math.floor((place + 1) * whole / of))];
}

function mean(
  { width, channels, pixels }: Raster,
  columns: Span,
  rows: Span,
  out: Uint8Array,
  at: number,
) {
  const colours = channels < 3 ? 1 : 3;
  const sums = [0, 0, 0];
  let opacity = 0;
  let count = 0;
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = columns[0]; x < columns[1]; x++) {
      const from = (y * width + x) * channels;
      const alpha = channels === colours ? 255 : pixels[from + colours]!;
      for (let c = 0; c < colours; c++) sums[c]! += pixels[from + c]! * alpha;
      opacity += alpha;
      count++;
    }
  }
  for (let c = 0; c < colours; c++) out[at + c] = opacity ? Math.round(sums[c]! / opacity) : 0;
  if (channels !== colours) out[at + colours] = Math.round(opacity / count);
}
