import { type Config, vectorizeRaw } from "@neplex/vectorizer";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { Refusal } from "../refusal.ts";
import type { Artwork } from "./artwork.ts";

/** What a drawing may be at most. */
export interface VectorLimits {
  /** Colours, 2 to 32. */
  colours: number;
  /** Bytes of the SVG. */
  maxBytes: number;
}

/** A drawing made of paths. */
export interface Drawing {
  svg: string;
  paths: number;
  /** `#rrggbb`, each once. */
  colours: string[];
}

/** Tracing more would add paths that nobody sees. */
const longestSide = 1600;
/** The same for photos, whose paths are many. */
const longestBusySide = 800;
/** Neighbours of different colours, as a share of all; flat artwork has some hundredths, photos a quarter. */
const busyFrom = 0.12;
/** Spots of so many pixels are left out; more is tried when the drawing comes out too large. */
const speckles = [3, 8, 20, 40];

/**
 * Traces a picture into filled paths (VTracer). Its colours are chosen first (median cut of libimagequant), so that there are never more than
 * was asked for. The SVG is written here from the numbers of the trace alone: it can hold nothing but paths.
 *
 * @throws Refusal vector_too_large when it does not fit into `maxBytes`, as with photos.
 */
export async function vectorize(artwork: Artwork, limits: VectorLimits): Promise<Drawing> {
  const first = await reduced(artwork, limits.colours, longestSide, 1);
  const busy = changes(first) > busyFrom;
  // Grain would become paths: a median of 3 × 3 takes it out and leaves the edges.
  const flat = busy ? await reduced(artwork, limits.colours, longestBusySide, 3) : first;
  for (const speckle of busy ? speckles.slice(1) : speckles) {
    const traced = await vectorizeRaw(Buffer.from(flat.rgba), flat, config(speckle, busy));
    const drawing = redrawn(traced, artwork, flat);
    if (drawing.svg.length <= limits.maxBytes) return drawing;
  }
  throw new Refusal(
    "vector_too_large",
    "This picture has too much detail for a drawing of this size: choose fewer colours.",
  );
}

/** Members of the tracer's enums, which it does not export as values. */
const [inColour, stacked, spline] = [0, 0, 2] as const;

function config(filterSpeckle: number, busy: boolean): Config {
  return {
    colorMode: inColour,
    hierarchical: stacked,
    mode: spline,
    filterSpeckle,
    colorPrecision: busy ? 6 : 8,
    layerDifference: busy ? 16 : 0,
    cornerThreshold: 60,
    lengthThreshold: 4,
    maxIterations: 10,
    spliceThreshold: 45,
    pathPrecision: 2,
  };
}

/** Few colours; alpha is on or off. */
interface FlatPicture {
  width: number;
  height: number;
  rgba: Uint8Array;
  colours: number[];
}

async function reduced(
  { width, height, rgba }: Artwork,
  colours: number,
  side: number,
  median: number,
): Promise<FlatPicture> {
  const clear = rgba.slice();
  for (let i = 3; i < clear.length; i += 4) clear[i] = clear[i]! < 128 ? 0 : 255;
  const indexed = await sharp(clear, { raw: { width, height, channels: 4 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true }).median(median)
    .png({ palette: true, colours: Math.min(colours + 1, 256), dither: 0, effort: 7 }).toBuffer();
  const { data, info } = await sharp(indexed).ensureAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += 4) {
    data[i + 3] = data[i + 3]! < 128 ? 0 : 255;
    if (data[i + 3] === 0) data.fill(0, i, i + 3);
    else {
      const colour = data[i]! << 16 | data[i + 1]! << 8 | data[i + 2]!;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  const kept = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, colours);
  return { width: info.width, height: info.height, rgba: data, colours: kept.map(([c]) => c) };
}

/** The share of pixels that differ from the one on their right. */
function changes({ width, rgba }: FlatPicture): number {
  let changed = 0;
  for (let i = 0; i + 4 < rgba.length; i += 4) {
    if (i / 4 % width === width - 1) continue;
    changed += Number(
      rgba[i] !== rgba[i + 4] || rgba[i + 1] !== rgba[i + 5] || rgba[i + 2] !== rgba[i + 6],
    );
  }
  return changed / (rgba.length / 4);
}

const path =
  /<path d="([MLHVCSQTZ0-9 .,\-]+)" fill="#([0-9A-Fa-f]{6})" transform="translate\((-?[0-9.]+),(-?[0-9.]+)\)"\/>/g;

function redrawn(traced: string, { width, height }: Artwork, flat: FlatPicture): Drawing {
  const used = new Set<string>();
  const lines: string[] = [];
  for (const [, d, fill, x, y] of traced.matchAll(path)) {
    const colour = `#${
      nearest(Number.parseInt(fill!, 16), flat.colours).toString(16).padStart(6, "0")
    }`;
    used.add(colour);
    const moved = Number(x) || Number(y) ? ` transform="translate(${Number(x)} ${Number(y)})"` : "";
    lines.push(`<path fill="${colour}"${moved} d="${d!.trim()}"/>`);
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${flat.width} ${flat.height}">\n${
      lines.join("\n")
    }\n</svg>\n`;
  return { svg, paths: lines.length, colours: [...used].toSorted() };
}

function nearest(colour: number, among: number[]): number {
  const far = (other: number) =>
    [16, 8, 0].reduce(
      (sum, shift) => sum + ((colour >> shift & 255) - (other >> shift & 255)) ** 2,
      0,
    );
  return among.reduce((best, other) => far(other) < far(best) ? other : best, among[0] ?? 0);
}
