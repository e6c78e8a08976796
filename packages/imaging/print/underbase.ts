import { type Artwork, emptyArtwork } from "./artwork.ts";
import { distanceTo } from "./distance.ts";
import type { Rgb } from "./rgb.ts";

/** The white layer, and how the print will look on a shirt. */
export interface Underbase {
  layer: Artwork;
  preview: Artwork;
  /** The share of the picture that is white, 0 to 1. */
  coverage: number;
}

/**
 * The white that is printed under the colours. It ends `choke` pixels inside them, so that none shows at the edges when the layers are not
 * exactly over each other. Half transparent artwork gets as much less white.
 *
 * @param choke pixels, may be a fraction
 */
export function underbase(artwork: Artwork, choke: number, shirt: Rgb): Underbase {
  const { width, height, rgba, density } = artwork;
  const layer = emptyArtwork(width, height, density);
  const depth = depthOf(artwork);
  let white = 0;
  for (let i = 0; i < depth.length; i++) {
    // A pixel's centre is half a pixel from its edge, and its cover ends half a pixel from there.
    const inside = Math.min(Math.max(depth[i]! - choke, 0), 1);
    const alpha = Math.round(inside * rgba[i * 4 + 3]!);
    white += alpha;
    if (alpha) layer.rgba.set([255, 255, 255, alpha], i * 4);
  }
  return {
    layer,
    preview: onShirt(artwork, layer, shirt),
    coverage: white / 255 / depth.length,
  };
}

/** How far each pixel is from the nearest that is not artwork, beyond the picture's borders too. */
function depthOf({ width, height, rgba }: Artwork): Float32Array {
  const [w, h] = [width + 2, height + 2];
  const outside = new Uint8Array(w * h).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      outside[(y + 1) * w + x + 1] = rgba[(y * width + x) * 4 + 3]! < 128 ? 1 : 0;
    }
  }
  const framed = distanceTo(outside, w, h);
  const depth = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    depth.set(framed.subarray((y + 1) * w + 1, (y + 1) * w + 1 + width), y * width);
  }
  return depth;
}

/** Ink over white over the shirt; ink without white under it takes on the shirt's colour, as printed ink does. */
function onShirt(artwork: Artwork, layer: Artwork, shirt: Rgb): Artwork {
  const rgba = new Uint8Array(artwork.rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const [ink, white] = [artwork.rgba[i + 3]! / 255, layer.rgba[i + 3]! / 255];
    for (let c = 0; c < 3; c++) {
      const colour = artwork.rgba[i + c]!;
      // Ink is a filter on what is beneath it.
      const base = white * 255 + (1 - white) * shirt[c]!;
      const printed = ink > white ? mixed(colour, colour * shirt[c]! / 255, white / ink) : colour;
      rgba[i + c] = Math.round(mixed(printed, base, ink));
    }
    rgba[i + 3] = 255;
  }
  return { ...artwork, rgba, transparent: false };
}

function mixed(above: number, below: number, share: number): number {
  return above * share + below * (1 - share);
}
