import { runAt } from "./body.ts";
import { between, distance, type Mask, median, type Point } from "./raster.ts";
import { Refusal } from "./refusal.ts";

/** One side of a garment, in the picture's left or right. */
export interface GarmentSide {
  neck: Point;
  /** On the shoulder, half way from neck to tip. */
  slope: Point;
  tip: Point;
  armpit: Point;
  /** Points down the side, from under the armpit to the hem. */
  side: Point[];
  sleeve: Sleeve | null;
}

/** A sleeve as a strip around a straight axis. */
export interface Sleeve {
  joint: Point;
  cuff: Point;
  /** Half widths across the axis at both ends. */
  halfAtJoint: number;
  halfAtCuff: number;
}

/** What the silhouette says about a garment. */
export interface GarmentLandmarks {
  left: GarmentSide;
  right: GarmentSide;
  collar: Point;
  hem: Point;
  hooded: boolean;
  /** Neck to hem, in pixels. */
  length: number;
  sleeves: "none" | "short" | "long";
}

/** How far down the sides points are taken. */
export const sideSteps = [0.3, 0.65, 1] as const;

/**
 * Reads collar, shoulders, armpits, hem and sleeves off a silhouette: the torso is the run of pixels around the middle, and an armpit is
 * where, going up, that run widens by a jump; without one the garment has no sleeves.
 * @throws Refusal garment_not_found when the silhouette is not that of a top.
 */
export function garmentLandmarks(mask: Mask): GarmentLandmarks {
  const { top, bottom, middle } = extent(mask);
  const height = bottom - top;
  const rows = (from: number, to: number) =>
    Array.from(
      { length: Math.floor((to - from) * height) },
      (_, i) => Math.round(top + from * height + i),
    );
  const runs = rows(0.55, 0.92).flatMap((y) => runAt(mask, middle, y) ?? []);
  if (runs.length < 10) throw notATop();
  const bodyLeft = median(runs.map(({ left }) => left));
  const bodyRight = median(runs.map(({ right }) => right));
  const width = bodyRight - bodyLeft;
  const cx = (bodyLeft + bodyRight) / 2;
  const hem = { x: cx, y: lowest(mask, cx) };
  const topAt = (x: number) => highest(mask, x);
  const dip = topAt(cx) - Math.min(topAt(cx - 0.25 * width), topAt(cx + 0.25 * width));
  const hooded = dip < -0.03 * height;

  const side = (sign: -1 | 1): GarmentSide => {
    const edge = (y: number) => {
      const run = runAt(mask, cx, y);
      return run ? (sign < 0 ? run.left : run.right) : null;
    };
    const found = armpitBelow(edge, sign, {
      from: hem.y - 0.12 * height,
      to: top + 0.12 * height,
      width,
    });
    const straps = found ? null : strap(mask, cx, sign, top + 0.04 * height);
    if (!found && !straps) throw notATop();
    const armpit = found ?? widest(edge, sign, top + 0.2 * height, top + 0.6 * height);
    const neck = straps?.inner ?? neckPoint(topAt, cx, sign, width, hooded);
    const tipX = armpit.x - sign * 0.02 * width;
    const tip = straps?.outer ?? { x: tipX, y: topAt(tipX) };
    const points = sideSteps.map((step) => {
      const y = armpit.y + (hem.y - 0.02 * height - armpit.y) * step;
      return { x: edge(y) ?? (sign < 0 ? bodyLeft : bodyRight), y };
    });
    const slopeX = (neck.x + tip.x) / 2;
    return {
      neck,
      slope: { x: slopeX, y: topAt(slopeX) },
      tip,
      armpit,
      side: points,
      sleeve: found ? sleeveOf(mask, { tip, armpit, cx }, sign) : null,
    };
  };
  const [left, right] = [side(-1), side(1)];
  const neckY = (left.neck.y + right.neck.y) / 2;
  const collar = { x: cx, y: hooded ? neckY + 0.1 * width : topAt(cx) };
  const length = hem.y - neckY;
  const longest = Math.max(
    ...[left, right].map(({ sleeve }) => sleeve ? distance(sleeve.joint, sleeve.cuff) : 0),
  );
  const sleeves = longest < 0.08 * length ? "none" : longest < 0.5 * length ? "short" : "long";
  return { left, right, collar, hem, hooded, length, sleeves };
}

function notATop(): Refusal {
  return new Refusal(
    "garment_not_found",
    "This does not look like a T-shirt, shirt, top or hoodie seen from the front.",
  );
}

function extent({ width, values }: Mask): { top: number; bottom: number; middle: number } {
  let [top, bottom, sum, count] = [Infinity, 0, 0, 0];
  values.forEach((value, i) => {
    if (value < 0.5) return;
    const y = Math.floor(i / width);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    sum += i % width;
    count++;
  });
  return { top, bottom, middle: sum / Math.max(count, 1) };
}

/** The first set pixel of a column, from above. */
function highest({ width, height, values }: Mask, x: number): number {
  const column = Math.min(Math.max(Math.round(x), 0), width - 1);
  for (let y = 0; y < height; y++) if (values[y * width + column]! >= 0.5) return y;
  return height;
}

function lowest({ width, height, values }: Mask, x: number): number {
  for (let y = height - 1; y >= 0; y--) if (values[y * width + Math.round(x)]! >= 0.5) return y;
  return 0;
}

type Edge = (y: number) => number | null;

/** Going up the side, the point below which the torso's edge jumps outward. */
function armpitBelow(
  edge: Edge,
  sign: -1 | 1,
  { from, to, width }: { from: number; to: number; width: number },
): Point | null {
  const recent: number[] = [];
  for (let y = Math.round(from); y > to; y--) {
    const x = edge(y);
    if (x === null) return null;
    const usual = recent.length > 0 ? median(recent) : x;
    const above = edge(y - 8) ?? x;
    // Ragged edges bulge for a few rows; a sleeve goes on.
    if (Math.min(sign * (x - usual), sign * (above - usual)) > 0.06 * width) {
      return { x: usual, y: Math.min(y + 2, from) };
    }
    recent.push(x);
    if (recent.length > 30) recent.shift();
  }
  return null;
}

function widest(edge: Edge, sign: -1 | 1, from: number, to: number): Point {
  let best: Point | null = null;
  for (let y = Math.round(from); y < to; y++) {
    const x = edge(y);
    if (x !== null && (best === null || sign * (x - best.x) > 1)) best = { x, y };
  }
  if (!best) throw notATop();
  return best;
}

/** The ends of a shoulder strap on one side of the middle, near the top. */
function strap(
  mask: Mask,
  cx: number,
  sign: -1 | 1,
  y: number,
): { inner: Point; outer: Point } | null {
  for (let x = cx; x > 0 && x < mask.width; x += sign) {
    const run = runAt(mask, x, y);
    if (!run) continue;
    const [inner, outer] = sign < 0 ? [run.right, run.left] : [run.left, run.right];
    return {
      inner: { x: inner, y: highest(mask, inner - 0 * sign) },
      outer: { x: outer, y: highest(mask, outer) },
    };
  }
  return null;
}

function neckPoint(
  topAt: (x: number) => number,
  cx: number,
  sign: -1 | 1,
  width: number,
  hooded: boolean,
): Point {
  if (hooded) return { x: cx + sign * 0.25 * width, y: topAt(cx + sign * 0.25 * width) };
  let best = { x: cx + sign * 0.1 * width, y: Infinity };
  for (let offset = 0.08; offset < 0.36; offset += 0.005) {
    const x = cx + sign * offset * width;
    if (topAt(x) < best.y) best = { x, y: topAt(x) };
  }
  return best;
}

/**
 * The sleeve: above the armpit what is beyond the line from it to the shoulder tip, below it what is not the torso. Its axis ends where the
 * pixels farthest from the joint are.
 */
function sleeveOf(
  mask: Mask,
  { tip, armpit, cx }: { tip: Point; armpit: Point; cx: number },
  sign: -1 | 1,
): Sleeve | null {
  const joint = between(tip, armpit, 0.5);
  const beyond: Point[] = [];
  for (let y = Math.max(0, Math.round(tip.y) - 10); y < mask.height; y++) {
    const torso = y > armpit.y ? runAt(mask, cx, y) : null;
    const t = Math.min(Math.max((y - tip.y) / Math.max(armpit.y - tip.y, 1), 0), 1);
    const line = tip.x + (armpit.x - tip.x) * t;
    const from = torso ? (sign < 0 ? torso.left - 1 : torso.right + 1) : line;
    for (let x = sign < 0 ? 0 : Math.ceil(from); sign < 0 ? x < from : x < mask.width; x += 2) {
      if (mask.values[y * mask.width + x]! >= 0.5) beyond.push({ x, y });
    }
  }
  if (beyond.length < 100) return null;
  const far = beyond.toSorted((a, b) => distance(b, joint) - distance(a, joint)).slice(
    0,
    Math.ceil(beyond.length * 0.06),
  );
  const cuff = far.reduce(
    (sum, { x, y }) => ({ x: sum.x + x / far.length, y: sum.y + y / far.length }),
    { x: 0, y: 0 },
  );
  const length = distance(joint, cuff);
  const across = { x: -(cuff.y - joint.y) / length, y: (cuff.x - joint.x) / length };
  const reach = (points: Point[], from: Point) =>
    points.map(({ x, y }) => Math.abs((x - from.x) * across.x + (y - from.y) * across.y));
  const halfAtCuff = Math.max(...reach(far, cuff));
  const halfAtJoint = Math.max(...reach([tip, armpit], joint));
  return { joint, cuff, halfAtJoint, halfAtCuff };
}
