import { Buffer } from "node:buffer";
import sharp, { type OverlayOptions } from "sharp";

/** A picture on a sheet. */
export interface Shown {
  /** A file, or the bytes of one; an SVG too. */
  picture: string | Uint8Array;
  /** What is written under it. */
  caption?: string;
  /** What shows where it is transparent: a colour, `white` unless said, or `squares`. */
  ground?: string;
  /** The part of it that is shown enlarged, pixel by pixel: each from 0 to 1 of the picture's size. */
  part?: { left: number; top: number; size: number };
}

const gap = 24;
const captionHeight = 40;

/** Rows of pictures of one height on white, as one PNG. @param height of each picture, in pixels */
export async function sideBySide(
  rows: readonly (readonly Shown[])[],
  height = 900,
): Promise<Uint8Array> {
  const layers: OverlayOptions[] = [];
  let [top, width] = [gap, 0];
  for (const row of rows) {
    let left = gap;
    for (const shown of row) {
      const { data, info } = await onGround(shown, height);
      layers.push({ input: data, left, top });
      if (shown.caption) {
        const input = captionOf(shown.caption, info.width);
        layers.push({ input, left, top: top + height });
      }
      left += info.width + gap;
    }
    width = Math.max(width, left);
    top += height + gap + (row.some(({ caption }) => caption) ? captionHeight : 0);
  }
  return await sharp({ create: { width, height: top, channels: 3, background: "white" } })
    .composite(layers).png({ compressionLevel: 9 }).toBuffer();
}

/** A picture, or its part, `height` pixels high, without transparency. */
async function onGround({ picture, ground = "white", part }: Shown, height: number) {
  // The density is an SVG's, which is drawn large enough for a part of it.
  let drawn = sharp(picture, { density: 288 });
  if (part) {
    const { width, height: whole } = await drawn.metadata();
    const [left, top, size] = [part.left * width, part.top * whole, part.size * whole]
      .map(Math.round) as [number, number, number];
    drawn = drawn.extract({ left, top, width: size, height: size });
  }
  const { data, info } = await drawn.resize({ height, kernel: part ? "nearest" : "lanczos3" })
    .ensureAlpha().png().toBuffer({ resolveWithObject: true });
  const behind = ground === "squares" ? squares(info.width, height) : null;
  const under = behind
    ? sharp(behind)
    : sharp({ create: { width: info.width, height, channels: 3, background: ground } });
  return await under.composite([{ input: data }]).png().toBuffer({ resolveWithObject: true });
}

/** The pattern by which editors show that there is nothing. */
function squares(width: number, height: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><pattern id="p" width="24" height="24" patternUnits="userSpaceOnUse"><rect width="24" height="24" fill="#ffffff"/><path d="M0 0H12V12H0ZM12 12H24V24H12Z" fill="#d4d8dd"/></pattern></defs><rect width="100%" height="100%" fill="url(#p)"/></svg>`,
  );
}

function captionOf(caption: string, width: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${captionHeight}" font-family="sans-serif"><text x="${
      width / 2
    }" y="28" font-size="19" text-anchor="middle" fill="#222222">${caption}</text></svg>`,
  );
}
