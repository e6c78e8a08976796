import type { Artwork } from "./artwork.ts";

/** Shapes of the dots of a screen. */
export type Dot = "round" | "diamond" | "line";

/** What becomes dots. */
export type HalftoneOf = "soft-edges" | "dark-shirt" | "light-shirt";

/** A screen. */
export interface Screen {
  /** Pixels from dot to dot; a fraction is allowed. */
  cell: number;
  /** Degrees, anticlockwise. */
  angle: number;
  dot: Dot;
  of: HalftoneOf;
}

/** The height of a dot at a place of its cell, -0.5 to 0.5 on both axes: the highest places are inked first. */
const heights: Record<Dot, (u: number, v: number) => number> = {
  // Adobe's PostScript Language Reference, 3rd edition, 7.4.3: cosines, so that dots become holes at the half.
  round: (u, v) => Math.cos(2 * Math.PI * u) + Math.cos(2 * Math.PI * v),
  diamond: (u, v) => -Math.abs(u) - Math.abs(v),
  line: (_, v) => -Math.abs(v),
};

/**
 * Turns soft transparency, which cannot be printed over white, into dots that are there or not. Each dot covers the share that its place
 * had: heights are replaced by their ranks within the cell, so any shape keeps the tone. Ink keeps its colour.
 */
export function halftone(artwork: Artwork, screen: Screen): Artwork {
  const { width, rgba: from } = artwork;
  const thresholds = ranks(heights[screen.dot]);
  const [cos, sin] = [
    Math.cos(screen.angle * Math.PI / 180),
    Math.sin(screen.angle * Math.PI / 180),
  ];
  const rgba = new Uint8Array(from.length);
  for (let i = 0; i < from.length; i += 4) {
    const share = inked(from, i, screen.of);
    if (share <= 0) continue;
    const [x, y] = [i / 4 % width + 0.5, Math.floor(i / 4 / width) + 0.5];
    const u = (x * cos - y * sin) / screen.cell;
    const v = (y * cos + x * sin) / screen.cell;
    const at = place(u) + place(v) * steps;
    if (thresholds[at]! > share) continue;
    const tone = share / (from[i + 3]! / 255);
    for (let c = 0; c < 3; c++) rgba[i + c] = Math.round(inks[screen.of](from[i + c]!, tone));
    rgba[i + 3] = 255;
  }
  return { ...artwork, rgba, transparent: true };
}

/** How much of a pixel's place is inked, 0 to 1. */
function inked(rgba: Uint8Array, i: number, of: HalftoneOf): number {
  const alpha = rgba[i + 3]! / 255;
  const [r, g, b] = [rgba[i]!, rgba[i + 1]!, rgba[i + 2]!];
  switch (of) {
    case "soft-edges":
      return alpha;
    case "dark-shirt":
      return alpha * Math.max(r, g, b) / 255;
    case "light-shirt":
      return alpha * (1 - Math.min(r, g, b) / 255);
  }
}

/** The ink's channel where it covers the share `tone` of the shirt, which is black or white, and the eye mixes both to what was there. */
const inks: Record<HalftoneOf, (channel: number, tone: number) => number> = {
  "soft-edges": (channel) => channel,
  "dark-shirt": (channel, tone) => Math.min(channel / tone, 255),
  "light-shirt": (channel, tone) => Math.max(255 - (255 - channel) / tone, 0),
};

const steps = 64;

function place(coordinate: number): number {
  return Math.min(Math.floor((coordinate - Math.floor(coordinate)) * steps), steps - 1);
}

/** For each place of a cell, the least share at which it is inked. */
function ranks(height: (u: number, v: number) => number): Float32Array {
  const places = Array.from({ length: steps * steps }, (_, i) => ({
    i,
    height: height((i % steps + 0.5) / steps - 0.5, (Math.floor(i / steps) + 0.5) / steps - 0.5),
  }));
  const rank = new Float32Array(places.length);
  places.sort((a, b) => b.height - a.height || a.i - b.i)
    .forEach(({ i }, order) => rank[i] = (order + 0.5) / places.length);
  return rank;
}
