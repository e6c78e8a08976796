/** A picture in memory: RGB, 8 bits a channel. */
export interface Picture {
  width: number;
  height: number;
  /** 3 bytes a pixel. */
  rgb: Uint8Array;
}

/** One number a pixel, usually 0 to 1. */
export interface Mask {
  width: number;
  height: number;
  values: Float32Array;
}

/** A point in pixels. */
export interface Point {
  x: number;
  y: number;
}

/** A mask of zeros. */
export function emptyMask(width: number, height: number): Mask {
  return { width, height, values: new Float32Array(width * height) };
}

/** The share of a mask that is set. */
export function coverage({ values }: Mask): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Bilinear enlargement or reduction with pixel centres kept in place. */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
  const out = emptyMask(width, height);
  const [sx, sy] = [mask.width / width, mask.height / height];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      out.values[y * width + x] = sampleMask(mask, (x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5);
    }
  }
  return out;
}

/** The value between pixels; outside, that of the nearest edge. */
export function sampleMask({ width, height, values }: Mask, x: number, y: number): number {
  const cx = Math.min(Math.max(x, 0), width - 1);
  const cy = Math.min(Math.max(y, 0), height - 1);
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const [fx, fy] = [cx - x0, cy - y0];
  const top = values[y0 * width + x0]! * (1 - fx) + values[y0 * width + x1]! * fx;
  const bottom = values[y1 * width + x0]! * (1 - fx) + values[y1 * width + x1]! * fx;
  return top * (1 - fy) + bottom * fy;
}

/** Three box blurs, which come close to a Gaussian of this standard deviation (W3C filter effects, feGaussianBlur). */
export function blur(mask: Mask, deviation: number): Mask {
  const size = Math.max(1, Math.floor(deviation * 3 * Math.sqrt(2 * Math.PI) / 4 + 0.5));
  let current = mask;
  for (let pass = 0; pass < 3; pass++) current = boxColumns(boxRows(current, size), size);
  return current;
}

function boxRows({ width, height, values }: Mask, size: number): Mask {
  const out = emptyMask(width, height);
  const half = size >> 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = -half; x <= half; x++) sum += values[row + Math.min(Math.max(x, 0), width - 1)]!;
    for (let x = 0; x < width; x++) {
      out.values[row + x] = sum / (2 * half + 1);
      sum += values[row + Math.min(x + half + 1, width - 1)]! -
        values[row + Math.max(x - half, 0)]!;
    }
  }
  return out;
}

function boxColumns({ width, height, values }: Mask, size: number): Mask {
  const out = emptyMask(width, height);
  const half = size >> 1;
  for (let x = 0; x < width; x++) {
    let sum = 0;
    for (let y = -half; y <= half; y++) {
      sum += values[Math.min(Math.max(y, 0), height - 1) * width + x]!;
    }
    for (let y = 0; y < height; y++) {
      out.values[y * width + x] = sum / (2 * half + 1);
      sum += values[Math.min(y + half + 1, height - 1) * width + x]! -
        values[Math.max(y - half, 0) * width + x]!;
    }
  }
  return out;
}

/** The distance between two points. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The point that lies `t` of the way from a to b. */
export function between(a: Point, b: Point, t: number): Point {
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
}

/** 0 below `from`, 1 above `to`, and a smooth way between. */
export function smooth(from: number, to: number, value: number): number {
  const t = Math.min(Math.max((value - from) / (to - from), 0), 1);
  return t * t * (3 - 2 * t);
}

/** The middle value. */
export function median(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
