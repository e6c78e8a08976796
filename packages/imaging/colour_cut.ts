import { blur, emptyMask, type Mask, type Picture, smooth } from "./raster.ts";

const steps = 16;
const bins = steps ** 3;

/**
 * Cuts a coarse mask along colours: what is inside it but has the ground's colours, as seen between sleeve and torso or in a neckline, is taken
 * out; close around it, what has the garment's colours is taken in. Where garment and ground share their colours the mask stays as it is.
 */
export function cutByColour(picture: Picture, mask: Mask): Mask {
  const { width, height, rgb } = picture;
  const [inner, outer] = [new Float64Array(bins), new Float64Array(bins)];
  const bin = (i: number) =>
    (rgb[i * 3]! >> 4) * steps * steps + (rgb[i * 3 + 1]! >> 4) * steps + (rgb[i * 3 + 2]! >> 4);
  for (let i = 0; i < width * height; i++) {
    if (mask.values[i]! > 0.95) inner[bin(i)]!++;
    else if (mask.values[i]! < 0.05) outer[bin(i)]!++;
  }
  const [garment, ground] = [spread(inner), spread(outer)];
  let shared = 0;
  for (let b = 0; b < bins; b++) shared += Math.min(garment[b]!, ground[b]!);
  if (shared > 0.25) return mask;

  const likely = emptyMask(width, height);
  for (let i = 0; i < width * height; i++) {
    const [own, other] = [garment[bin(i)]! + 1e-7, ground[bin(i)]! + 1e-7];
    likely.values[i] = own / (own + other);
  }
  const even = blur(likely, 1);
  const around = blur(mask, 0.01 * Math.max(width, height));
  const out = emptyMask(width, height);
  for (let i = 0; i < width * height; i++) {
    const near = smooth(0.02, 0.3, around.values[i]!);
    out.values[i] = near * smooth(0.35, 0.65, even.values[i]!);
  }
  keepHoles(out, mask);
  return out;
}

/** Gives back what was cut out but is not connected with the border: a print, not the ground. */
function keepHoles({ width, height, values }: Mask, mask: Mask): void {
  const outside = new Uint8Array(values.length);
  const queue: number[] = [];
  const visit = (i: number) => {
    if (i < 0 || i >= values.length || outside[i] || values[i]! > 0.5) return;
    outside[i] = 1;
    queue.push(i);
  };
  for (let x = 0; x < width; x++) [x, (height - 1) * width + x].forEach(visit);
  for (let y = 0; y < height; y++) [y * width, y * width + width - 1].forEach(visit);
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    visit(i - width);
    visit(i + width);
  }
  for (let i = 0; i < values.length; i++) {
    if (!outside[i]) values[i] = Math.max(values[i]!, mask.values[i]!);
  }
}

/** A histogram as shares of the whole, each bin sharing with its neighbours. */
function spread(counts: Float64Array): Float64Array {
  const out = new Float64Array(bins);
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  for (let b = 0; b < bins; b++) {
    const share = counts[b]! / total;
    if (share === 0) continue;
    out[b]! += share * 0.4;
    for (const step of [1, steps, steps * steps]) {
      for (const beside of [b - step, b + step]) {
        if (beside >= 0 && beside < bins) out[beside]! += share * 0.1;
      }
    }
  }
  return out;
}
