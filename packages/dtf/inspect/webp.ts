import { animated, broken, Bytes, type PictureFacts } from "./facts.ts";

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
    dpi: null,
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
