import { converter, parse } from "culori";
import { colourNames } from "./colour_names.ts";

/** A colour in CIELAB under D65, the white of sRGB. */
export interface Lab {
  l: number;
  a: number;
  b: number;
}

const toLab = converter("lab65");

/**
 * What a colour that is named in a feed looks like: a hexadecimal code (`#1a2b3c`), a name of CSS
 * Color 4, or one of fashion's usual names in English or Russian. Undefined when it is none.
 */
export function labOf(colour: string): Lab | undefined {
  const name = colour.trim().toLowerCase().replaceAll("ё", "е").replace(/[\s_-]+/g, " ");
  const known = colourNames.get(name) ?? colourNames.get(name.replaceAll(" ", ""));
  const parsed = parse(known ?? name.replaceAll(" ", ""));
  if (!parsed || (parsed.alpha ?? 1) < 1) return undefined;
  const { l, a, b } = toLab(parsed);
  return { l: rounded(l), a: rounded(a), b: rounded(b) };
}

/** Hundredths: far below the smallest difference that anybody sees. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
