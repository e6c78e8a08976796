import type { ArmStrip } from "./arm.ts";
import type { GarmentLandmarks, Sleeve } from "./garment_landmarks.ts";
import { type Layer, paint, sampleGarment } from "./layer.ts";
import { type Mask, type Point, smooth } from "./raster.ts";
import type { Garment } from "./torso_layer.ts";

/** How far down the arm a sleeve reaches, 0 to 1 of the way to the wrist. */
export function sleeveReach(
  { length, sleeves }: GarmentLandmarks,
  sleeve: Sleeve,
  arm: ArmStrip,
  torsoLength: number,
): number {
  if (sleeves === "long") return 1.01;
  const own = Math.hypot(sleeve.cuff.x - sleeve.joint.x, sleeve.cuff.y - sleeve.joint.y) / length;
  return Math.min(own * torsoLength * 1.15 / arm.length, 0.62);
}

/** Paints one sleeve along an arm: straight on the garment, bent on the person. Covers the arm with a little ease. */
export function paintSleeve(
  layer: Layer,
  { picture, mask }: Garment,
  sleeve: Sleeve,
  arm: ArmStrip,
  options: { outward: -1 | 1; reach: number; shade: (i: number) => number; body: Mask },
): void {
  const { outward, reach, shade, body } = options;
  const [dx, dy] = [sleeve.cuff.x - sleeve.joint.x, sleeve.cuff.y - sleeve.joint.y];
  const length = Math.hypot(dx, dy);
  let across = { x: -dy / length, y: dx / length };
  if (across.x * outward < 0) across = { x: -across.x, y: -across.y };
  const widths = ownWidths(mask, sleeve, across);
  const sample = { r: 0, g: 0, b: 0, alpha: 0 };
  for (let y = arm.box.top; y <= arm.box.bottom; y++) {
    for (let x = arm.box.left; x <= arm.box.right; x++) {
      const place = arm.locate(x, y);
      if (place.t < -0.35 || place.t > reach + 0.05) continue;
      const half = arm.half(place.t);
      // Short sleeves stand off a little at the cuff.
      const ease = 1.04 + (reach < 0.9 ? 0.14 * Math.max(place.t / reach, 0) : 0);
      const edge = (place.across > 0 ? half.outer : half.inner) * ease + 2;
      const v = place.across / edge;
      const alpha = (1 - smooth(1 - 2 / edge, 1 + 1 / edge, Math.abs(v))) *
        (1 - smooth(reach - 1.5 / arm.length, reach + 1.5 / arm.length, place.t));
      const i = y * layer.width + x;
      // Around the shoulder a sleeve does not stand off the body.
      const free = smooth(-0.1, 0.1, place.t);
      const held = free + (1 - free) * smooth(0.3, 0.7, body.values[i]!);
      if (alpha * held <= 0.01) continue;
      // Above the joint the sleeve's pattern goes on into the shoulder.
      const t = Math.min(place.t / reach, 0.985);
      const own = widths[Math.round(Math.max(t, 0) * (widths.length - 1))]!;
      const wide = 0.93 * v * (v > 0 ? own.outer : own.inner);
      sampleGarment(
        picture,
        mask,
        sleeve.joint.x + dx * t + across.x * wide,
        sleeve.joint.y + dy * t + across.y * wide,
        sample,
      );
      if (sample.alpha < 0.5) continue;
      // A round arm turns away from the light at its edges.
      const light = shade(i) * (1.03 - 0.2 * v * v);
      paint(layer, i, sample.r * light, sample.g * light, sample.b * light, alpha * held);
    }
  }
}

/** How far the sleeve itself reaches to both sides of its axis, read off its mask; where it joins the torso, its usual width. */
function ownWidths(
  { width, height, values }: Mask,
  { joint, cuff, halfAtJoint, halfAtCuff }: Sleeve,
  across: Point,
): { outer: number; inner: number }[] {
  const steps = 40;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps;
    const at = { x: joint.x + (cuff.x - joint.x) * t, y: joint.y + (cuff.y - joint.y) * t };
    const usual = halfAtJoint + (halfAtCuff - halfAtJoint) * t;
    const reach = (sign: 1 | -1) => {
      for (let d = 1; d < usual * 1.4; d++) {
        const [x, y] = [
          Math.round(at.x + sign * across.x * d),
          Math.round(at.y + sign * across.y * d),
        ];
        if (x < 0 || y < 0 || x >= width || y >= height || values[y * width + x]! < 0.5) return d;
      }
      return usual;
    };
    return { outer: reach(1), inner: reach(-1) };
  });
}
