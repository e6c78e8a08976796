import type { Artwork } from "./artwork.ts";
import type { Rgb } from "./rgb.ts";

/** What is taken out. */
export interface Knockout {
  colour: Rgb;
  /** Pixels so near to the colour are removed wholly; a distance in sRGB, 0 to 441. */
  tolerance: number;
  /** How much further the way to what stays is. */
  softness: number;
}

/**
 * Removes a colour, so that the shirt shows instead: a shirt of that colour under the result looks as the artwork did. Between removed and
 * kept a pixel is taken for a mixture with the colour, and what is left is the other part of it (Porter and Duff's "over", solved
 * for the colour above).
 */
export function knockOut(artwork: Artwork, { colour, tolerance, softness }: Knockout): Artwork {
  const rgba = artwork.rgba.slice();
  for (let i = 0; i < rgba.length; i += 4) {
    const far = Math.hypot(
      rgba[i]! - colour[0],
      rgba[i + 1]! - colour[1],
      rgba[i + 2]! - colour[2],
    );
    const ramp = (far - tolerance) / Math.max(softness, 1e-6);
    if (ramp >= 1) continue;
    if (ramp <= 0) {
      rgba.fill(0, i, i + 4);
      continue;
    }
    // The least share at which the other part is still a colour.
    const least = Math.max(...[0, 1, 2].map((c) => leastShare(rgba[i + c]!, colour[c]!)));
    const share = Math.max(ramp, least);
    for (let c = 0; c < 3; c++) {
      rgba[i + c] = Math.round((rgba[i + c]! - (1 - share) * colour[c]!) / share);
    }
    rgba[i + 3] = Math.round(rgba[i + 3]! * share);
  }
  return { ...artwork, rgba, transparent: true };
}

function leastShare(seen: number, ground: number): number {
  if (seen === ground) return 0;
  return seen > ground ? (seen - ground) / (255 - ground) : (ground - seen) / ground;
}
