/**
 * The distance of each pixel to the nearest one that is set, in pixels; exact (Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012).
 * Infinity where none is set.
 */
export function distanceTo(set: Uint8Array, width: number, height: number): Float32Array {
  const squares = new Float64Array(width * height);
  for (let i = 0; i < squares.length; i++) squares[i] = set[i] ? 0 : Infinity;
  const column = new Float64Array(height);
  const lower = new LowerEnvelope(Math.max(width, height));
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) column[y] = squares[y * width + x]!;
    lower.transform(column);
    for (let y = 0; y < height; y++) squares[y * width + x] = column[y]!;
  }
  for (let y = 0; y < height; y++) lower.transform(squares.subarray(y * width, (y + 1) * width));
  return Float32Array.from(squares, Math.sqrt);
}

/** The lower envelope of parabolas that stand on a row's values. */
class LowerEnvelope {
  readonly #feet: Int32Array;
  readonly #bounds: Float64Array;
  readonly #heights: Float64Array;

  constructor(length: number) {
    this.#feet = new Int32Array(length);
    this.#bounds = new Float64Array(length + 1);
    this.#heights = new Float64Array(length);
  }

  transform(row: Float64Array): void {
    const [feet, bounds, heights] = [this.#feet, this.#bounds, this.#heights];
    heights.set(row);
    let last = -1;
    for (let q = 0; q < row.length; q++) {
      if (heights[q] === Infinity) continue;
      let meets = -Infinity;
      for (; last >= 0; last--) {
        const p = feet[last]!;
        meets = (heights[q]! + q * q - heights[p]! - p * p) / (2 * (q - p));
        if (meets > bounds[last]!) break;
      }
      if (last < 0) meets = -Infinity;
      feet[++last] = q;
      bounds[last] = meets;
      bounds[last + 1] = Infinity;
    }
    if (last < 0) return;
    for (let q = 0, k = 0; q < row.length; q++) {
      while (bounds[k + 1]! < q) k++;
      row[q] = (q - feet[k]!) ** 2 + heights[feet[k]!]!;
    }
  }
}
