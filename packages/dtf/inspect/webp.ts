import { type ExifFacts, readExif } from "./exif.ts";
import { animated, broken, Bytes, type PictureFacts } from "./facts.ts";

/** A chunk of a WebP: its name, and where its data is. */
export interface WebpChunk {
  name: string;
  start: number;
  length: number;
}

/** The chunks of a WebP. @throws Problem `picture_broken` when the file ends within one. */
export function webpChunks(file: Bytes): WebpChunk[] {
  const chunks: WebpChunk[] = [];
  const end = file.u32(4) + 8;
  for (let at = 12; at + 8 <= end;) {
    const length = file.u32(at + 4);
    if (at + 8 + length > file.length) throw broken();
    chunks.push({ name: file.text(at, 4), start: at + 8, length });
    at += 8 + length + length % 2;
  }
  return chunks;
}

function exifIn(file: Bytes): ExifFacts {
  const exif = webpChunks(file).find(({ name }) => name === "EXIF");
  if (!exif) return { orientation: 1, dpi: null };
  const bytes = file.bytes.subarray(exif.start, exif.start + exif.length);
  // Some programs put the marker of a JPEG's segment before it.
  const marked = String.fromCharCode(...bytes.subarray(0, 6)) === "Exif\0\0";
  return readExif(marked ? bytes.subarray(6) : bytes);
}

/** What a WebP says: https://developers.google.com/speed/webp/docs/riff_container */
export function inspectWebp(bytes: Uint8Array): PictureFacts {
  const file = new Bytes(bytes, true);
  if (file.u32(4) + 8 > file.length) throw broken();
  const form = file.text(12, 4);
  const size = (width: number, height: number, hasAlpha: boolean): PictureFacts => ({
    type: "image/webp",
    width,
    height,
    hasAlpha,
    ...exifIn(file),
  });
  if (form === "VP8X") {
    const flags = file.u8(20);
    if (flags & 0x02) throw animated();
    const u24 = (at: number) => file.u16(at) + (file.u8(at + 2) << 16);
    return size(u24(24) + 1, u24(27) + 1, (flags & 0x10) !== 0);
  }
  if (form === "VP8L") {
    const bits = file.u32(21);
    return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, (bits >>> 28 & 1) === 1);
  }
  if (form === "VP8 ") return size(file.u16(26) & 0x3fff, file.u16(28) & 0x3fff, false);
  throw broken();
}
