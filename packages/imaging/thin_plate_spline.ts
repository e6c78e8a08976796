import type { Point } from "./raster.ts";

/** Maps points smoothly so that each control point meets its partner. */
export type Warp = (x: number, y: number) => Point;

/**
 * The thin-plate spline through pairs of points: the map of least bending (Bookstein, Principal warps, IEEE PAMI 11(6), 1989), with
 * U(r) = r² log r².
 * @param smoothing 0 meets every pair exactly
 */
export function thinPlateSpline(from: Point[], to: Point[], smoothing = 0): Warp {
  const n = from.length;
  const scale = Math.max(...from.map(({ x }) => x)) - Math.min(...from.map(({ x }) => x)) || 1;
  const points = from.map(({ x, y }) => ({ x: x / scale, y: y / scale }));
  const matrix = Array.from({ length: n + 3 }, (_, i) =>
    Array.from({ length: n + 5 }, (_, j) => {
      if (j >= n + 3) return i < n ? (j === n + 3 ? to[i]!.x : to[i]!.y) : 0;
      if (i < n && j < n) {
        return i === j ? smoothing : kernel(points[i]!, points[j]!.x, points[j]!.y);
      }
      if (i < n) return [1, points[i]!.x, points[i]!.y][j - n]!;
      if (j < n) return [1, points[j]!.x, points[j]!.y][i - n]!;
      return 0;
    }));
  const solved = solve(matrix);
  return (x, y) => {
    const [px, py] = [x / scale, y / scale];
    const at = (column: 0 | 1) => {
      let value = solved[n]![column] + solved[n + 1]![column] * px + solved[n + 2]![column] * py;
      for (let i = 0; i < n; i++) value += solved[i]![column] * kernel(points[i]!, px, py);
      return value;
    };
    return { x: at(0), y: at(1) };
  };
}

function kernel(point: Point, x: number, y: number): number {
  const squared = (point.x - x) ** 2 + (point.y - y) ** 2;
  return squared === 0 ? 0 : squared * Math.log(squared);
}

/** Gaussian elimination with partial pivoting; the last two columns are the right-hand sides. */
function solve(matrix: number[][]): [number, number][] {
  const n = matrix.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row;
    }
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    const own = matrix[column]!;
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / own[column]!;
      if (factor === 0) continue;
      for (let k = column; k < n + 2; k++) matrix[row]![k]! -= factor * own[k]!;
    }
  }
  return matrix.map((row, i) => [row[n]! / row[i]!, row[n + 1]! / row[i]!]);
}
