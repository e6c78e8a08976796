import type { Mask, Picture } from "./raster.ts";

/**
 * The picture with the colours of what is surely inside a mask carried outward, each pixel taking the mean of its inner neighbours, so that no ground is
 * mixed into what is sampled at the edge.
 * @param reach how far, in pixels
 */
export function bleed(picture: Picture, { values }: Mask, reach: number): Picture {
  const { width } = picture;
  const inside = Uint8Array.from(values, (value, i) => {
    const beside = [values[i - 1], values[i + 1], values[i - width], values[i + width]];
    return value < 0.97 || beside.some((near) => (near ?? 0) < 0.9) ? 0 : 1;
  });
  return carriedOutward(picture, inside, reach);
}

/** The picture with the colours of what is `inside` carried outward, `reach` pixels far. */
export function carriedOutward(
  { width, height, rgb }: Picture,
  inside: Uint8Array,
  reach: number,
): Picture {
  const out = rgb.slice();
  const distance = Uint8Array.from(inside, (set) => set ? 0 : 255);
  let ring: number[] = [];
  inside.forEach((set, i) => {
    const beside = [inside[i - 1], inside[i + 1], inside[i - width], inside[i + width]];
    if (set && beside.includes(0)) ring.push(i);
  });
  const around = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  for (let step = 1; step <= reach && ring.length > 0; step++) {
    const next: number[] = [];
    for (const i of ring) {
      for (const to of [i - 1, i + 1, i - width, i + width]) {
        if (to < 0 || to >= distance.length || distance[to]! <= step) continue;
        distance[to] = step;
        next.push(to);
      }
    }
    for (const i of next) {
      let [r, g, b, count] = [0, 0, 0, 0];
      for (const offset of around) {
        const from = i + offset;
        if (from < 0 || from >= distance.length || distance[from]! >= step) continue;
        r += out[from * 3]!;
        g += out[from * 3 + 1]!;
        b += out[from * 3 + 2]!;
        count++;
      }
      out[i * 3] = r / count;
      out[i * 3 + 1] = g / count;
      out[i * 3 + 2] = b / count;
    }
    ring = next;
  }
  return { width, height, rgb: out };
}
