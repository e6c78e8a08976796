import type { GarmentLandmarks } from "./garment_landmarks.ts";
import { type Layer, paint, sampleGarment } from "./layer.ts";
import { blur, type Mask, type Picture, type Point, smooth } from "./raster.ts";
import type { Target } from "./target.ts";
import { thinPlateSpline, type Warp } from "./thin_plate_spline.ts";

/** A garment as it was read. */
export interface Garment {
  picture: Picture;
  mask: Mask;
  landmarks: GarmentLandmarks;
}

/** The map from places on the person to places on the garment. */
export function torsoWarp({ landmarks }: Garment, target: Target): Warp {
  const pairs: [Point, Point][] = [[target.collar, landmarks.collar], [target.hem, landmarks.hem]];
  for (const side of ["left", "right"] as const) {
    const [to, from] = [target[side], landmarks[side]];
    pairs.push([to.neck, from.neck], [to.slope, from.slope], [to.tip, from.tip], [
      to.armpit,
      from.armpit,
    ]);
    to.side.forEach((point, i) => pairs.push([point, from.side[i]!]));
  }
  return thinPlateSpline(pairs.map(([to]) => to), pairs.map(([, from]) => from));
}

/**
 * Paints the torso of the garment, without its sleeves; the seam at the sleeves is soft, and at the shoulders cloth does not stand off the body.
 * @param body the person's mask
 */
export function paintTorso(
  layer: Layer,
  garment: Garment,
  target: Target,
  warp: Warp,
  shade: (i: number) => number,
  body: Mask,
): void {
  const { picture, mask, landmarks } = garment;
  const points = [
    target.hem,
    ...(["left", "right"] as const).flatMap((
      s,
    ) => [target[s].tip, target[s].slope, target[s].neck, ...target[s].side]),
  ];
  const margin = 12;
  const left = Math.max(0, Math.floor(Math.min(...points.map(({ x }) => x)) - margin));
  const right = Math.min(
    layer.width - 1,
    Math.ceil(Math.max(...points.map(({ x }) => x)) + margin),
  );
  const top = Math.max(0, Math.floor(Math.min(...points.map(({ y }) => y)) - margin));
  const bottom = Math.min(
    layer.height - 1,
    Math.ceil(Math.max(...points.map(({ y }) => y)) + margin),
  );
  const seam = 0.02 * (landmarks.right.armpit.x - landmarks.left.armpit.x);
  const shoulderY = (target.left.tip.y + target.right.tip.y) / 2;
  const lying = blur(body, 1.5);
  const sample = { r: 0, g: 0, b: 0, alpha: 0 };
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const from = warp(x, y);
      sampleGarment(picture, mask, from.x, from.y, sample);
      if (sample.alpha < 0.01) continue;
      const i = y * layer.width + x;
      const alpha = sample.alpha * withinSeams(landmarks, from, seam) *
        belowHood(landmarks, from) * (y < shoulderY ? smooth(0.1, 0.5, lying.values[i]!) : 1);
      const light = shade(i);
      paint(layer, i, sample.r * light, sample.g * light, sample.b * light, alpha);
    }
  }
}

/** 1 on the torso, falling to 0 across the line from shoulder tip to armpit, beyond which the sleeve is. */
function withinSeams({ left, right }: GarmentLandmarks, { x, y }: Point, seam: number): number {
  let inside = 1;
  for (const [{ tip, armpit, sleeve, side }, sign] of [[left, -1], [right, 1]] as const) {
    if (!sleeve) continue;
    const lower = side.at(-1)!;
    const edge = y < armpit.y
      ? tip.x +
        (armpit.x - tip.x) * Math.min(Math.max((y - tip.y) / Math.max(armpit.y - tip.y, 1), 0), 1)
      : armpit.x +
        (lower.x - armpit.x) * Math.min((y - armpit.y) / Math.max(lower.y - armpit.y, 1), 1) +
        sign * -0.5 * seam;
    const soft = y < armpit.y ? 2 * seam : 0.4 * seam;
    inside = Math.min(inside, 1 - smooth(0, soft, sign * (x - edge)));
  }
  return inside;
}

/** A hood lies behind the neck: what is above the neck's points is left out. */
function belowHood({ hooded, left, right, collar }: GarmentLandmarks, { x, y }: Point): number {
  if (!hooded) return 1;
  const half = (right.neck.x - left.neck.x) / 2;
  const t = Math.min(Math.abs(x - collar.x) / half, 1);
  const edge = collar.y + ((left.neck.y + right.neck.y) / 2 - collar.y) * t * t;
  return smooth(-3, 3, y - edge);
}
