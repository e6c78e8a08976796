import { problem } from "../../http/problem.ts";
import { broken, Bytes } from "../inspect/facts.ts";
import { pngChunks } from "../inspect/png.ts";

/** A decoded picture: 8 bits a channel, rows from the top, without padding. */
export interface Raster {
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  channels: 1 | 2 | 3 | 4;
  pixels: Uint8Array<ArrayBuffer>;
}

/** Pixels that fit into a hosted function's memory and time while they are decoded. */
export const mostDecodedPixels = 24_000_000;

/**
 * Decodes a PNG in plain JavaScript, because hosted functions take no native code: https://www.w3.org/TR/png-3/
 *
 * @throws Problem `picture_broken`; `format_unavailable` for one that is interlaced, not of 8 bits, or has more than 24 megapixels.
 */
export async function decodePng(bytes: Uint8Array): Promise<Raster> {
  const file = new Bytes(bytes);
  const chunks = pngChunks(file);
  const header = chunks[0]!.start;
  const [width, height] = [file.u32(header), file.u32(header + 4)];
  const [depth, colourType, interlaced] = [8, 9, 12].map((at) => file.u8(header + at));
  const stored = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType!];
  if (depth !== 8 || interlaced || !stored || width * height > mostDecodedPixels) {
    throw problem("format_unavailable", "This picture can be had as it is only.", {
      extra: { formats: ["original", "pdf"] },
    });
  }
  const parts = chunks.filter(({ name }) => name === "IDAT")
    .map(({ start, length }) => bytes.subarray(start, start + length));
  const rows = await inflate(parts, (width * stored + 1) * height);
  const plain = unfilter(rows, width * stored, height, stored);
  const raster = { width, height, channels: stored as Raster["channels"], pixels: plain };
  if (colourType !== 3) return raster;
  const chunk = (name: string) => {
    const found = chunks.find((one) => one.name === name);
    return found ? bytes.subarray(found.start, found.start + found.length) : null;
  };
  return withPalette(raster, chunk("PLTE") ?? new Uint8Array(), chunk("tRNS"));
}

/** @throws Problem `picture_broken` unless exactly `length` bytes come out. */
async function inflate(parts: Uint8Array[], length: number): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(length);
  let at = 0;
  try {
    const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream()
      .pipeThrough(new DecompressionStream("deflate"));
    for await (const part of stream) {
      if (at + part.length > length) throw broken();
      whole.set(part, at);
      at += part.length;
    }
  } catch (cause) {
    throw broken(cause);
  }
  if (at !== length) throw broken();
  return whole;
}

/** Takes the filters off: each byte was predicted from those to the left and above. */
function unfilter(
  rows: Uint8Array,
  stride: number,
  height: number,
  step: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)]!;
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    if (filter > 4) throw broken();
    for (let x = 0; x < stride; x++) {
      const left = x >= step ? out[to + x - step]! : 0;
      const above = y > 0 ? out[to + x - stride]! : 0;
      const corner = x >= step && y > 0 ? out[to + x - stride - step]! : 0;
      out[to + x] = rows[from + x]! + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const p = left + above - corner;
      const [a, b, c] = [Math.abs(p - left), Math.abs(p - above), Math.abs(p - corner)];
      return a <= b && a <= c ? left : b <= c ? above : corner;
    }
    default:
      return 0;
  }
}

function withPalette(raster: Raster, colours: Uint8Array, alphas: Uint8Array | null): Raster {
  const channels = alphas ? 4 : 3;
  const pixels = new Uint8Array(raster.pixels.length * channels);
  raster.pixels.forEach((index, i) => {
    pixels.set(colours.subarray(index * 3, index * 3 + 3), i * channels);
    if (alphas) pixels[i * channels + 3] = alphas[index] ?? 255;
  });
  return { ...raster, channels, pixels };
}

/** Deflate with a zlib header, as PNG, TIFF and PDF have it. */
export async function deflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers and parts one after another. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
