import { catmullRom, lanczos3, type Taps } from "./taps.ts";

/** One channel of a picture, row by row. */
export interface Plane {
  width: number;
  height: number;
  values: Float32Array;
}

/** How many pixels around a tile its enlargement looks at: Lanczos 3, then 2 for each correction. */
export const reachOfDoubling = 8;

const corrections = 2;

/**
 * Twice the width and height, centred: output pixels lie a quarter of a pixel beside each input pixel. Starts from Lanczos 3 and corrects it
 * until the mean of each four output pixels is their input pixel (iterative back-projection: Irani and Peleg, CVGIP 53(3), 1991), never
 * leaving the range of the nine input pixels around, so that edges of flat colours neither ring nor blur.
 *
 * @param plane values in any unit; its borders are repeated outward
 */
export function doubled(plane: Plane): Plane {
  const { width, height } = plane;
  const large = {
    width: width * 2,
    height: height * 2,
    values: new Float32Array(width * height * 4),
  };
  const range = localRange(plane);
  const error = { ...plane, values: plane.values.slice() };
  const wide = new Float32Array(width * 2 * height);
  addSpread(error, lanczos3, wide, large, range);
  for (let round = 0; round < corrections; round++) {
    misfit(large, plane, error.values);
    addSpread(error, catmullRom, wide, large, range);
  }
  return large;
}

/**
 * Adds to `large` what `small` is when spread to its size, and keeps the sum within the range.
 * @param wide room for twice the width of `small`
 */
function addSpread(
  small: Plane,
  taps: Taps,
  wide: Float32Array,
  large: Plane,
  { low, high }: Range,
): void {
  const { width, height, values } = small;
  const row = new Float32Array(width + 6);
  for (let y = 0; y < height; y++) {
    row.set(values.subarray(y * width, (y + 1) * width), 3);
    row.fill(row[3]!, 0, 3);
    row.fill(row[width + 2]!, width + 3);
    taps.spreadRow(row, wide.subarray(y * width * 2, (y + 1) * width * 2));
  }
  const line = new Float32Array(width * 2);
  const nearest = (y: number) => {
    const inside = Math.min(Math.max(y, 0), height - 1);
    return wide.subarray(inside * width * 2, (inside + 1) * width * 2);
  };
  for (let y = 0; y < height; y++) {
    const rows = [-3, -2, -1, 0, 1, 2, 3].map((offset) => nearest(y + offset));
    for (const half of [0, 1]) {
      taps.mixRows(half === 0 ? rows : rows.toReversed(), line);
      const at = (2 * y + half) * width * 2;
      const out = large.values.subarray(at, at + width * 2);
      for (let x = 0; x < width; x++) {
        const least = low[y * width + x]!, most = high[y * width + x]!;
        const left = out[2 * x]! + line[2 * x]!, right = out[2 * x + 1]! + line[2 * x + 1]!;
        out[2 * x] = left < least ? least : left > most ? most : left;
        out[2 * x + 1] = right < least ? least : right > most ? most : right;
      }
    }
  }
}

/** How far the means of 2 × 2 pixels are from the pixels they came from. */
function misfit(large: Plane, { width, height, values }: Plane, error: Float32Array): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * 4 * width + x * 2;
      const below = i + 2 * width;
      const sum = large.values[i]! + large.values[i + 1]! + large.values[below]! +
        large.values[below + 1]!;
      error[y * width + x] = values[y * width + x]! - sum / 4;
    }
  }
}

/** The least and the greatest of each pixel and its eight neighbours. */
interface Range {
  low: Float32Array;
  high: Float32Array;
}

function localRange({ width, height, values }: Plane): Range {
  const [low, high] = [new Float32Array(values.length), new Float32Array(values.length)];
  const [rowLow, rowHigh] = [new Float32Array(values.length), new Float32Array(values.length)];
  for (let y = 0; y < height; y++) {
    const at = y * width;
    for (let x = 0; x < width; x++) {
      const a = values[at + Math.max(x - 1, 0)]!, b = values[at + x]!;
      const c = values[at + Math.min(x + 1, width - 1)]!;
      rowLow[at + x] = Math.min(a, b, c);
      rowHigh[at + x] = Math.max(a, b, c);
    }
  }
  for (let y = 0; y < height; y++) {
    const [above, at, below] = [Math.max(y - 1, 0), y, Math.min(y + 1, height - 1)].map((row) =>
      row * width
    ) as [number, number, number];
    for (let x = 0; x < width; x++) {
      low[at + x] = Math.min(rowLow[above + x]!, rowLow[at + x]!, rowLow[below + x]!);
      high[at + x] = Math.max(rowHigh[above + x]!, rowHigh[at + x]!, rowHigh[below + x]!);
    }
  }
  return { low, high };
}
