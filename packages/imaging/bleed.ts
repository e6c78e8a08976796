import type { Mask, Picture } from "./raster.ts";

/**
 * The picture with the colours of what is surely inside a mask carried outward, each pixel taking its nearest inner colour, so that no ground is
 * mixed into what is sampled at the edge.
 * @param reach how far, in pixels
 */
export function bleed({ width, height, rgb }: Picture, { values }: Mask, reach: number): Picture {
  const out = rgb.slice();
  const distance = new Uint8Array(values.length).fill(255);
  let ring: number[] = [];
  values.forEach((value, i) => {
    if (value < 0.97) return;
    distance[i] = 0;
    ring.push(i);
  });
  for (let step = 1; step <= reach && ring.length > 0; step++) {
    const next: number[] = [];
    for (const i of ring) {
      const x = i % width;
      for (const to of [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i, i - width, i + width]) {
        if (to < 0 || to >= distance.length || distance[to]! <= step) continue;
        distance[to] = step;
        out.set(out.subarray(i * 3, i * 3 + 3), to * 3);
        next.push(to);
      }
    }
    ring = next;
  }
  return { width, height, rgb: out };
}
