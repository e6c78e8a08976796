import { type Layer, paint, sampleGarment } from "./layer.ts";
import { blur, type Mask, smooth } from "./raster.ts";
import type { Target } from "./target.ts";
import type { Garment } from "./torso_layer.ts";

/**
 * Paints a hood, let down: what a hooded garment has above its neckline, spread around the neck and behind it, so it shows only where the
 * person is not.
 * @param shade light on a pixel; 1 is average
 * @param body the person's mask
 */
export function paintHood(
  layer: Layer,
  { picture, mask, landmarks }: Garment,
  target: Target,
  shade: (i: number) => number,
  body: Mask,
): void {
  const from = {
    x: landmarks.collar.x,
    y: (landmarks.left.neck.y + landmarks.right.neck.y) / 2,
    half: (landmarks.right.neck.x - landmarks.left.neck.x) / 2,
  };
  const hoodHeight = from.y - topOf(mask, from.x);
  if (hoodHeight < 0.1 * from.half) return;
  const to = {
    x: (target.left.neck.x + target.right.neck.x) / 2,
    y: (target.left.neck.y + target.right.neck.y) / 2,
    half: (target.right.neck.x - target.left.neck.x) / 2 * spread,
  };
  const height = Math.min(hoodHeight / from.half, 0.9) * to.half / spread * 0.75;
  const near = blur(body, 1);
  const sample = { r: 0, g: 0, b: 0, alpha: 0 };
  const [left, right] = [Math.max(0, to.x - to.half * 1.3), to.x + to.half * 1.3];
  for (let y = Math.max(0, Math.floor(to.y - height)); y < to.y + 2 * height; y++) {
    if (y >= layer.height) break;
    for (let x = Math.floor(left); x <= Math.min(right, layer.width - 1); x++) {
      const i = y * layer.width + x;
      const behind = 1 - smooth(0.3, 0.8, near.values[i]!);
      if (behind < 0.01) continue;
      const [u, v] = [(x - to.x) / to.half, (to.y - y) / height];
      if (v < 0 && Math.abs(u) > 1) continue;
      sampleGarment(picture, mask, from.x + u * from.half, from.y - v * hoodHeight, sample);
      // Cloth behind the neck lies in its shade.
      const light = shade(i) * (0.72 + 0.2 * Math.min(u * u, 1));
      paint(layer, i, sample.r * light, sample.g * light, sample.b * light, sample.alpha * behind);
    }
  }
}

/** How much wider a hood lies around the neck than it stands above it. */
const spread = 1.55;

/** The first row of a column that is set. */
function topOf({ width, height, values }: Mask, x: number): number {
  const column = Math.round(x);
  for (let y = 0; y < height; y++) if (values[y * width + column]! >= 0.5) return y;
  return height;
}
