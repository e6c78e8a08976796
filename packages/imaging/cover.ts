import type { ArmStrip } from "./arm.ts";
import type { Body } from "./body.ts";
import { type Layer, paint } from "./layer.ts";
import { blur, emptyMask, type Mask, type Picture, smooth } from "./raster.ts";
import type { Skin } from "./skin.ts";
import type { Target } from "./target.ts";

/** Where the old clothes are: of the person, below the chin and above the hem, neither skin nor hair, on torso or arms. */
export function oldClothes(
  picture: Picture,
  mask: Mask,
  { body, target, skin, arms }: { body: Body; target: Target; skin: Skin; arms: ArmStrip[] },
): Mask {
  const { width, height } = picture;
  const out = emptyMask(width, height);
  const left =
    Math.min(target.left.tip.x, target.left.armpit.x, ...target.left.side.map(({ x }) => x)) - 6;
  const right =
    Math.max(target.right.tip.x, target.right.armpit.x, ...target.right.side.map(({ x }) => x)) + 6;
  const inside = {
    top: body.shoulders.middle.y + 0.25 * body.torsoLength,
    left: Math.max(target.left.armpit.x, left),
    right: Math.min(target.right.armpit.x, right),
  };
  const from = Math.max(0, Math.round(body.chin.y + 0.04 * body.shoulders.width));
  const bottom = Math.max(target.hem.y, ...arms.map(({ box }) => box.bottom));
  const hemY = Math.min(target.left.side.at(-1)!.y, target.right.side.at(-1)!.y);
  for (let y = from; y < Math.min(height, bottom); y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (mask.values[i]! < 0.15) continue;
      const onTorso = y < hemY && x > left && x < right;
      // Well inside the torso even what has the colour of skin will be covered.
      if (!(onTorso && y > inside.top && x > inside.left && x < inside.right) && skin.matches(i)) {
        continue;
      }
      if (onTorso || arms.some((arm) => onArm(arm, x, y))) out.values[i] = mask.values[i]!;
    }
  }
  return out;
}

function onArm(arm: ArmStrip, x: number, y: number): boolean {
  const { box } = arm;
  if (x < box.left || x > box.right || y < box.top || y > box.bottom) return false;
  const { t, across } = arm.locate(x, y);
  if (t < -0.45 || t > 1.06) return false;
  const half = arm.half(t);
  return Math.abs(across) < (across > 0 ? half.outer : half.inner) * 1.15 + 3;
}

/** Where the new garment leaves the body bare. */
export interface Bareness {
  target: Target;
  /** How far down each arm the sleeve reaches; 0 without sleeves. */
  reach: readonly [left: number, right: number];
  sleeveless: boolean;
}

/**
 * Covers what would still show of the old clothes: with skin where the new garment leaves the body bare (arms below the sleeve, the neck above
 * the collar, shoulders beside straps), with the garment's own colour everywhere else. Arms are shaded as round, the neck darker towards the chin.
 */
export function coverOld(
  layer: Layer,
  old: Mask,
  { body, person, skin, arms, shade, bareness, fabric }: {
    body: Body;
    person: Mask;
    skin: Skin;
    arms: [left: ArmStrip, right: ArmStrip];
    shade: (i: number) => number;
    bareness: Bareness;
    fabric: readonly [r: number, g: number, b: number];
  },
): void {
  const { width } = layer;
  const near = blur(old, 1.2);
  // On bare skin the seam of the old neckline must go too, which is often as brown as skin.
  const unit = body.shoulders.width;
  const wide = blur(old, Math.max(2, 0.012 * unit));
  for (let i = 0; i < old.values.length; i++) {
    let alpha = smooth(0.12, 0.55, near.values[i]!);
    const seam = smooth(0.06, 0.3, wide.values[i]!) * smooth(0.4, 0.9, person.values[i]!);
    if (alpha <= 0 && seam <= 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const place = placeOn(arms, x, y);
    const light = Math.sqrt(shade(i));
    if (!isBare(bareness, place, x, y)) {
      if (alpha > 0) {
        paint(layer, i, fabric[0] * shade(i), fabric[1] * shade(i), fabric[2] * shade(i), alpha);
      }
      continue;
    }
    alpha = Math.max(alpha, seam);
    const round = place ? 1 + smooth(0, 0.2, place.t) * (0.04 - 0.24 * place.v * place.v) : 1;
    const aside = smooth(0.16, 0.34, Math.abs(x - body.chin.x) / unit);
    const underChin = 1 - 0.18 * (1 - aside) * (1 - smooth(0, 0.3 * unit, y - body.chin.y));
    const tone = light * round * underChin;
    paint(layer, i, skin.r * tone, skin.g * tone * 0.985, skin.b * tone * 0.97, alpha);
  }
}

interface Place {
  arm: 0 | 1;
  t: number;
  v: number;
}

/** The place on an arm that a pixel has, if it is on one. */
function placeOn(arms: [left: ArmStrip, right: ArmStrip], x: number, y: number): Place | null {
  for (const arm of [0, 1] as const) {
    const { box, locate, half } = arms[arm];
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
    const { t, across } = locate(x, y);
    if (t < -0.45 || t > 1.1) continue;
    const widths = half(t);
    const v = Math.abs(across) / (across > 0 ? widths.outer : widths.inner);
    if (v < 1.2) return { arm, t, v: Math.min(v, 1.1) };
  }
  return null;
}

function isBare(
  { target, reach, sleeveless }: Bareness,
  place: Place | null,
  x: number,
  y: number,
): boolean {
  const { left, right, collar } = target;
  const u = (x - (left.neck.x + right.neck.x) / 2) / ((right.neck.x - left.neck.x) / 2);
  const neckY = (left.neck.y + right.neck.y) / 2;
  if (Math.abs(u) < 1 && y < neckY + (collar.y - neckY) * (1 - u * u)) return true;
  if (sleeveless) return place !== null || y < (left.armpit.y + right.armpit.y) / 2;
  return place !== null && place.t > Math.min(reach[place.arm], 0.99) - 0.02;
}
