import { doubled, type Plane, reachOfDoubling } from "./enlarge.ts";

/** Rows of a picture with those around them that their enlargement looks at. */
export interface Strip {
  width: number;
  /** Rows in `rgba`. */
  height: number;
  rgba: Uint8Array;
  /** The rows that are wanted: from, up to but without. */
  from: number;
  to: number;
  transparent: boolean;
}

const tile = 128;

/** How many rows around a strip, and columns around a tile, are looked at. */
export const reach = reachOfDoubling;

/** The wanted rows doubled: twice `width` × twice `to - from` pixels of 4 bytes. */
export function enlargeStrip(strip: Strip): Uint8Array {
  const { width, from, to } = strip;
  const out = new Uint8Array(width * (to - from) * 4 * 4);
  const channels = strip.transparent ? 4 : 3;
  if (channels === 3) out.fill(255);
  for (let left = 0; left < width; left += tile) {
    const right = Math.min(left + tile, width);
    for (let top = from; top < to; top += tile) {
      const bottom = Math.min(top + tile, to);
      enlargeTile(strip, { left, right, top, bottom }, channels, out);
    }
  }
  return out;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function enlargeTile(strip: Strip, box: Box, channels: number, out: Uint8Array): void {
  const { width, height, from } = strip;
  const around = {
    left: Math.max(box.left - reach, 0),
    right: Math.min(box.right + reach, width),
    top: Math.max(box.top - reach, 0),
    bottom: Math.min(box.bottom + reach, height),
  };
  const planes = Array.from(
    { length: channels },
    (_, channel) => doubled(planeOf(strip, around, channel)),
  );
  const [red, green, blue, alpha] = planes.map(({ values }) => values);
  const step = planes[0]!.width;
  for (let y = box.top * 2; y < box.bottom * 2; y++) {
    let to = ((y - from * 2) * width + box.left) * 2 * 4;
    let i = (y - around.top * 2) * step + (box.left - around.left) * 2;
    for (let x = box.left * 2; x < box.right * 2; x++, i++, to += 4) {
      let scale = 1;
      if (alpha) {
        const a = alpha[i]!;
        out[to + 3] = a + 0.5;
        if (out[to + 3] === 0) continue;
        scale = 255 / a;
      }
      out[to] = Math.min(red![i]! * scale + 0.5, 255);
      out[to + 1] = Math.min(green![i]! * scale + 0.5, 255);
      out[to + 2] = Math.min(blue![i]! * scale + 0.5, 255);
    }
  }
}

/** A channel of a box; colours are multiplied by alpha, so that what is invisible colours nothing. */
function planeOf({ width, rgba, transparent }: Strip, box: Box, channel: number): Plane {
  const plane: Plane = {
    width: box.right - box.left,
    height: box.bottom - box.top,
    values: new Float32Array((box.right - box.left) * (box.bottom - box.top)),
  };
  let to = 0;
  for (let y = box.top; y < box.bottom; y++) {
    let i = (y * width + box.left) * 4;
    for (let x = box.left; x < box.right; x++, i += 4) {
      const value = rgba[i + channel]!;
      plane.values[to++] = transparent && channel < 3 ? value * rgba[i + 3]! / 255 : value;
    }
  }
  return plane;
}
