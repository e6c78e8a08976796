import { type Body, runAt } from "./body.ts";
import { type GarmentLandmarks, sideSteps } from "./garment_landmarks.ts";
import { between, type Mask, median, type Picture, type Point } from "./raster.ts";

/** Where the landmarks of a garment go on one side of the body. */
export interface TargetSide {
  neck: Point;
  slope: Point;
  tip: Point;
  armpit: Point;
  side: Point[];
  joint: Point;
}

/** Where a garment goes on a person. */
export interface Target {
  left: TargetSide;
  right: TargetSide;
  collar: Point;
  hem: Point;
}

/** Where the shoulder seam lies from the middle, in shoulder widths. */
const tipAcross = 0.56;

/**
 * Places a garment on a body: shoulders on the silhouette above the shoulder joints, the neck where neck and shoulder meet, armpits where the
 * arms leave the torso, the sides on the torso's edge, and the hem below the hips or below what was worn before, whichever is lower.
 */
export function placeGarment(
  body: Body,
  mask: Mask,
  picture: Picture,
  garment: GarmentLandmarks,
): Target {
  const { shoulders, hips, torsoLength } = body;
  const unit = shoulders.width;
  const down = {
    x: (hips.middle.x - shoulders.middle.x) / torsoLength,
    y: (hips.middle.y - shoulders.middle.y) / torsoLength,
  };
  const along = { x: down.y, y: -down.x };
  /** A point by its place on the torso: across in shoulder widths, down in torso lengths. */
  const on = (across: number, below: number): Point => ({
    x: shoulders.middle.x + along.x * across * unit + down.x * below * torsoLength,
    y: shoulders.middle.y + along.y * across * unit + down.y * below * torsoLength,
  });
  const hemBelow = Math.max(1.1, oldHem(on, picture, mask) + 0.025);

  const neckAcross = necklineAcross(garment);
  const side = (sign: -1 | 1): TargetSide => {
    const armpit = armpitOf(mask, on, sign, unit);
    const edges = sideSteps.map((step) => {
      const below = armpit.below + (hemBelow - 0.01 - armpit.below) * step;
      return torsoEdge(mask, on, sign, below, unit);
    });
    const tip = onSilhouette(mask, on(sign * tipAcross, -0.02), unit);
    return {
      slope: onSilhouette(
        mask,
        on(sign * (neckAcross + tipAcross) / 2, -0.1 * unit / torsoLength),
        unit,
      ),
      neck: neckAcross > 0.3
        ? onSilhouette(mask, on(sign * neckAcross, -0.15 * unit / torsoLength), unit)
        : onSilhouetteAbove(on(sign * neckAcross, -0.235 * unit / torsoLength), mask, unit),
      tip,
      armpit: armpit.point,
      side: edges,
      joint: between(tip, armpit.point, 0.5),
    };
  };
  const [left, right] = [side(-1), side(1)];
  const neckWidth = right.neck.x - left.neck.x;
  const depth = (garment.collar.y - (garment.left.neck.y + garment.right.neck.y) / 2) /
    (garment.right.neck.x - garment.left.neck.x);
  const neckMiddle = between(left.neck, right.neck, 0.5);
  const collarDepth = Math.min(Math.max(depth, 0.1), 0.9) * neckWidth;
  const collar = { x: neckMiddle.x + down.x * collarDepth, y: neckMiddle.y + down.y * collarDepth };
  const hemMiddle = between(left.side.at(-1)!, right.side.at(-1)!, 0.5);
  return { left, right, collar, hem: { x: hemMiddle.x, y: hemMiddle.y + 0.03 * unit } };
}

/** Half of a neckline's width, in shoulder widths: next to the neck for most, further out for the wide one of a top with straps. */
function necklineAcross({ left, right, sleeves }: GarmentLandmarks): number {
  if (sleeves !== "none") return 0.235;
  const share = (right.neck.x - left.neck.x) / Math.max(right.tip.x - left.tip.x, 1);
  return Math.min(Math.max(share * tipAcross, 0.235), 0.42);
}

type On = (across: number, below: number) => Point;

/** How far down the torso the top that is worn reaches: as far as its colour goes, at most to 1.45. */
function oldHem(on: On, { width, height, rgb }: Picture, mask: Mask): number {
  const colour = (below: number): [number, number, number] | null => {
    const pixels: number[] = [];
    for (let across = -0.22; across <= 0.22; across += 0.02) {
      const { x, y } = on(across, below);
      const [px, py] = [Math.round(x), Math.round(y)];
      if (px < 0 || py < 0 || px >= width || py >= height || mask.values[py * width + px]! < 0.6) {
        continue;
      }
      pixels.push(py * width + px);
    }
    if (pixels.length < 6) return null;
    return [0, 1, 2].map((c) => median(pixels.map((i) => rgb[i * 3 + c]!))) as [
      number,
      number,
      number,
    ];
  };
  const worn = [0.45, 0.55, 0.65, 0.75].flatMap((below) => colour(below) ?? []);
  if (worn.length < 6) return 1;
  const usual = [0, 1, 2].map((c) => median(worn.filter((_, i) => i % 3 === c)));
  let lowest = 0.8;
  let missed = 0;
  for (let below = 0.8; below <= 1.45 && missed < 4; below += 0.015) {
    const here = colour(below);
    const same = here &&
      Math.hypot(here[0] - usual[0]!, here[1] - usual[1]!, here[2] - usual[2]!) < 55;
    if (same) [lowest, missed] = [below, 0];
    else missed++;
  }
  // All one colour to the end: trousers like the top, and nothing is known.
  return lowest > 1.4 ? 1 : lowest;
}

/** Where an arm leaves the torso, seen from the hips upward; a usual place when the arm lies close. */
function armpitOf(mask: Mask, on: On, sign: -1 | 1, unit: number): { point: Point; below: number } {
  const recent: number[] = [];
  for (let below = 0.85; below > 0.16; below -= 0.008) {
    const middle = on(0, below);
    const run = runAt(mask, middle.x, middle.y);
    if (!run) continue;
    const x = sign < 0 ? run.left : run.right;
    const usual = recent.length > 0 ? median(recent) : x;
    if (Math.abs(usual - middle.x) > 0.75 * unit) break;
    if (sign * (x - usual) > 0.12 * unit) {
      return { point: { x: usual + sign * 0.02 * unit, y: middle.y }, below };
    }
    recent.push(x);
    if (recent.length > 8) recent.shift();
  }
  return { point: on(sign * 0.47, 0.27), below: 0.27 };
}

/** The torso's edge, a little outside; where an arm lies against it, a usual half width. */
function torsoEdge(mask: Mask, on: On, sign: -1 | 1, below: number, unit: number): Point {
  const middle = on(0, below);
  const usual = on(sign * (0.47 - 0.04 * Math.min(below, 1)), below);
  const run = runAt(mask, middle.x, middle.y);
  const x = run ? (sign < 0 ? run.left : run.right) : usual.x;
  const half = Math.abs(x - middle.x);
  if (half > 0.68 * unit || half < 0.25 * unit) {
    return { x: usual.x + sign * 0.03 * unit, y: usual.y };
  }
  return { x: x + sign * 0.036 * unit, y: middle.y };
}

/** The point moved up or down onto the upper edge of the silhouette, when that is near. */
function onSilhouette({ width, height, values }: Mask, point: Point, unit: number): Point {
  const x = Math.min(Math.max(Math.round(point.x), 0), width - 1);
  for (
    let y = Math.max(0, Math.round(point.y - 0.3 * unit));
    y < Math.min(height, point.y + 0.3 * unit);
    y++
  ) {
    if (values[y * width + x]! >= 0.5) return { x: point.x, y: y - 0.012 * unit };
  }
  return point;
}

/** The neck's foot: where the column beside the neck enters the silhouette, unless hair or a wide neck hides that. */
function onSilhouetteAbove(point: Point, mask: Mask, unit: number): Point {
  const found = onSilhouette(mask, point, unit);
  return Math.abs(found.y - point.y) < 0.12 * unit ? { x: point.x, y: found.y } : point;
}
