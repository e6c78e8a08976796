import { blur, emptyMask, type Mask, median, type Picture } from "./raster.ts";
import { luminanceAt } from "./skin.ts";

/**
 * How light falls on what is worn: luminance of the old clothes, freed of fine pattern, relative to its median; 1 is average light.
 * @param where the pixels of the old clothes, 0 to 1
 * @param grain what is finer than this many pixels is taken for pattern
 */
export function shading(picture: Picture, where: Mask, grain: number): Mask {
  const { width, height, rgb } = picture;
  const weighted = emptyMask(width, height);
  const inside: number[] = [];
  for (let i = 0; i < where.values.length; i++) {
    const light = luminanceAt(rgb, i);
    weighted.values[i] = light * where.values[i]!;
    if (where.values[i]! > 0.9) inside.push(light);
  }
  const [light, weight] = [blur(weighted, grain), blur(where, grain)];
  const usual = Math.max(median(inside), 8);
  let residue = 0;
  for (let i = 0; i < where.values.length; i += 7) {
    if (where.values[i]! > 0.9) {
      residue += Math.abs(
        luminanceAt(rgb, i) - light.values[i]! / Math.max(weight.values[i]!, 1e-3),
      );
    }
  }
  const busyness = residue * 7 / Math.max(inside.length, 1) / usual;
  // A patterned top tells less about light, and its pattern must not show through.
  const strength = busyness > 0.12 ? 0.35 : 0.75;
  const out = emptyMask(width, height);
  for (let i = 0; i < out.values.length; i++) {
    const relative = weight.values[i]! > 0.02
      ? (light.values[i]! / weight.values[i]! + black) / (usual + black)
      : 1;
    out.values[i] = Math.min(Math.max(relative ** strength, 0.55), 1.4);
  }
  return out;
}

/** Added to luminances, so that the faint shine of black cloth does not become glare on bright cloth. */
const black = 30;

/** How much brighter or darker a garment should be to fit the light of the person's picture, between 0.85 and 1.1. */
export function exposureMatch(picture: Picture, garment: Picture): number {
  const bright = ({ rgb, width, height }: Picture) => {
    const lights: number[] = [];
    for (let i = 0; i < width * height; i += 97) lights.push(luminanceAt(rgb, i));
    return lights.sort((a, b) => a - b)[Math.floor(lights.length * 0.95)] ?? 255;
  };
  return Math.min(Math.max((bright(picture) / Math.max(bright(garment), 1)) ** 0.5, 0.85), 1.1);
}
