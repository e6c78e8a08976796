import type { Decoded } from "./decode.ts";
import { cutByColour } from "./colour_cut.ts";
import { type Ground, groundOf } from "./ground.ts";
import { blur, coverage, emptyMask, type Mask, type Picture, smooth } from "./raster.ts";
import { Refusal } from "./refusal.ts";
import { salientMask } from "./saliency.ts";

/**
 * What of a picture is the garment: its own transparency, or all that a flood from a plain border does not reach, or what stands out.
 * @throws Refusal garment_not_found when that cannot be one garment.
 */
export async function garmentMask({ picture, alpha }: Decoded): Promise<Mask> {
  const ground = groundOf(picture);
  const mask = alpha ??
    (ground.plain ? flood(picture, ground) : cutByColour(
      picture,
      ground.even ? flood(picture, ground) : sharpen(await salientMask(picture)),
    ));
  const garment = largestPart(mask);
  const share = coverage(garment);
  if (share < 0.06 || share > 0.92 || onBorder(garment) > 0.3 || symmetry(garment) < 0.6) {
    throw new Refusal(
      "garment_not_found",
      "No garment can be seen: send one garment, spread out, from the front.",
    );
  }
  return garment;
}

/** All that a flood from the border does not reach. */
function flood({ width, height }: Picture, { border, far, spread }: Ground): Mask {
  const limit = 9 + 2 * spread;
  const outside = new Uint8Array(width * height);
  const queue = border.filter((i) => far(i) < limit);
  for (const i of queue) outside[i] = 1;
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    const x = i % width;
    for (const next of [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i, i - width, i + width]) {
      if (next < 0 || next >= outside.length || outside[next] || far(next) >= limit) continue;
      outside[next] = 1;
      queue.push(next);
    }
  }
  openGaps(outside, width, far);
  const mask = emptyMask(width, height);
  for (let i = 0; i < outside.length; i++) mask.values[i] = outside[i] ? 0 : 1;
  // One pixel in, and soft: the outermost pixels are mixed with the ground.
  const soft = blur(mask, 1.2);
  soft.values.forEach((value, i) => soft.values[i] = smooth(0.45, 0.95, value));
  // Blurring closes gaps of a pixel or two.
  for (let i = width + 1; i < outside.length - width - 1; i++) {
    if (!outside[i]) continue;
    soft.values[i] = Math.min(soft.values[i]!, 0.1);
    for (const beside of [i - 1, i + 1, i - width, i + width]) {
      if (!outside[beside]) soft.values[beside] = Math.min(soft.values[beside]!, 0.6);
    }
  }
  return soft;
}

/**
 * Follows the ground into the ends of narrow gaps, as between sleeve and torso, where each pixel is a mixture: there a row is nearer to the
 * ground's colour than what is on its left and right.
 */
function openGaps(outside: Uint8Array, width: number, far: (i: number) => number): void {
  const [deepest, reach] = [40, 4];
  let ring: number[] = [];
  for (let i = width; i < outside.length - width; i++) {
    if (outside[i] && !(outside[i - width] && outside[i + width])) ring.push(i);
  }
  for (let depth = 0; depth < deepest && ring.length > 0; depth++) {
    const next: number[] = [];
    for (const i of ring) {
      for (const to of [i - width, i + width, i - width - 1, i - width + 1]) {
        const x = to % width;
        if (to < 0 || to >= outside.length || outside[to] || x < reach || x >= width - reach) {
          continue;
        }
        const here = far(to);
        const sides = Math.min(
          Math.max(far(to - 2), far(to - reach)),
          Math.max(far(to + 2), far(to + reach)),
        );
        if (here > 0.75 * sides) continue;
        outside[to] = 1;
        next.push(to);
      }
    }
    ring = next;
  }
}

function sharpen(mask: Mask): Mask {
  mask.values.forEach((value, i) => mask.values[i] = smooth(0.3, 0.75, value));
  return mask;
}

/** The largest connected part of a mask. */
function largestPart({ width, height, values }: Mask): Mask {
  const label = new Int32Array(values.length);
  let [best, bestSize, labels] = [0, 0, 0];
  for (let start = 0; start < values.length; start++) {
    if (label[start] || values[start]! < 0.5) continue;
    labels++;
    let size = 0;
    const queue = [start];
    label[start] = labels;
    for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
      size++;
      const x = i % width;
      for (const next of [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i, i - width, i + width]) {
        if (next < 0 || next >= values.length || label[next] || values[next]! < 0.5) continue;
        label[next] = labels;
        queue.push(next);
      }
    }
    if (size > bestSize) [best, bestSize] = [labels, size];
  }
  const part = emptyMask(width, height);
  values.forEach((value, i) => part.values[i] = value >= 0.5 && label[i] !== best ? 0 : value);
  return part;
}

/** The share of the border that the mask touches. */
function onBorder({ width, height, values }: Mask): number {
  let touched = 0;
  for (let x = 0; x < width; x++) {
    touched += Number(values[x]! > 0.5) + Number(values[(height - 1) * width + x]! > 0.5);
  }
  for (let y = 0; y < height; y++) {
    touched += Number(values[y * width]! > 0.5) + Number(values[y * width + width - 1]! > 0.5);
  }
  return touched / (2 * (width + height));
}

/** How well the mask covers its mirror image: intersection over union about its own middle. */
function symmetry({ width, height, values }: Mask): number {
  let [sum, weight] = [0, 0];
  values.forEach((value, i) => {
    sum += value * (i % width);
    weight += value;
  });
  const middle = Math.round(2 * sum / Math.max(weight, 1));
  let [both, either] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = values[y * width + x]! > 0.5;
      const mirror = middle - x;
      const there = mirror >= 0 && mirror < width && values[y * width + mirror]! > 0.5;
      both += Number(here && there);
      either += Number(here || there);
    }
  }
  return both / Math.max(either, 1);
}
