/** An sRGB colour, 0 to 255 a channel. */
export type Rgb = readonly [r: number, g: number, b: number];

/** The channels of `#rrggbb`. */
export function rgbOfHex(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16 & 255, number >> 8 & 255, number & 255];
}
