import { median, type Picture } from "./raster.ts";

/** The border of a picture, taken for the ground. */
export interface Ground {
  /** Indices of its pixels. */
  border: number[];
  /** Its colour, 0 to 255 a channel. */
  colour: [number, number, number];
  /** How far a pixel's colour is from the ground's. */
  far: (i: number) => number;
  /** How far border pixels usually are. */
  spread: number;
  /** The border keeps near its own colour. */
  even: boolean;
  /** It is also of one colour, nearly. */
  plain: boolean;
}

/** What the border says of the ground. */
export function groundOf({ width, height, rgb }: Picture): Ground {
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y++) border.push(y * width, y * width + width - 1);
  const channel = (c: number) => median(border.map((i) => rgb[i * 3 + c]!));
  const ground: Ground["colour"] = [channel(0), channel(1), channel(2)];
  const far = (i: number) =>
    Math.hypot(
      rgb[i * 3]! - ground[0],
      rgb[i * 3 + 1]! - ground[1],
      rgb[i * 3 + 2]! - ground[2],
    );
  const spread = median(border.map(far));
  const even = border.filter((i) => far(i) < 10 + spread).length >= border.length * 0.92;
  return { border, colour: ground, far, spread, even, plain: even && spread < 10 };
}
