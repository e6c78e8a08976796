import { converter, differenceCiede2000, formatHex, type Lab65, parse } from "culori";

/** A colour in CIELAB under D65, the white of sRGB: L* 0 to 100, a* red over green, b* yellow over blue. */
export type Lab = readonly [l: number, a: number, b: number];

const toLab = converter("lab65");
const difference = differenceCiede2000();
const culoriColour = ([l, a, b]: Lab): Lab65 => ({ mode: "lab65", l, a, b });

/** CIELAB of an sRGB pixel, 0 to 255 a channel. */
export function labOf(r: number, g: number, b: number): Lab {
  return components(toLab({ mode: "rgb", r: r / 255, g: g / 255, b: b / 255 }));
}

/** CIELAB of `#rrggbb`. @throws TypeError when it is none. */
export function labOfHex(hex: string): Lab {
  const colour = parse(hex);
  if (!colour) throw new TypeError(`${hex} is no colour.`);
  return components(toLab(colour));
}

/** `#rrggbb`; what sRGB cannot show is cut to what it can. */
export function hexOf(lab: Lab): string {
  return formatHex(culoriColour(lab));
}

/** How different two colours look: CIEDE2000 (ISO/CIE 11664-6); 1 is just noticeable, 100 black to white. */
export function colourDifference(one: Lab, other: Lab): number {
  return difference(culoriColour(one), culoriColour(other));
}

/** C*, the distance from grey. */
export function chroma([, a, b]: Lab): number {
  return Math.hypot(a, b);
}

/** h, the hue angle in degrees, 0 to 360: 0 is red, 90 yellow. */
export function hueAngle([, a, b]: Lab): number {
  return (Math.atan2(b, a) * 180 / Math.PI + 360) % 360;
}

function components({ l, a, b }: Lab65): Lab {
  return [l, a, b];
}
