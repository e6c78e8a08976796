import { type ExifFacts, readExif } from "./exif.ts";
import { broken, Bytes, cmyk, deep, type PictureFacts, printable } from "./facts.ts";

/** Frame headers: SOF0 to SOF15 without DHT, JPG and DAC. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** What a JPEG says: ITU-T T.81, JFIF 1.02. */
export function inspectJpeg(bytes: Uint8Array): PictureFacts {
  const file = new Bytes(bytes);
  // What comes after the end of the picture, if anything, is not ours; without an end it was cut off.
  if (endOfImage(bytes) < 0) throw broken();
  let dpi: number | null = null;
  let exif: ExifFacts = { orientation: 1, dpi: null };
  for (let at = 2;;) {
    if (file.u8(at) !== 0xff) throw broken();
    const marker = file.u8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = file.u16(at + 2);
    if (marker === 0xe0 && length >= 14 && file.text(at + 4, 5) === "JFIF\0") {
      const unit = file.u8(at + 11);
      dpi = printable(file.u16(at + 12) * (unit === 1 ? 1 : unit === 2 ? 2.54 : 0));
    }
    if (marker === 0xe1 && length >= 8 && file.text(at + 4, 6) === "Exif\0\0") {
      exif = readExif(bytes.subarray(at + 10, at + 2 + length));
    }
    if (isFrame(marker)) {
      if (file.u8(at + 4) > 8) throw deep();
      const components = file.u8(at + 9);
      if (components !== 1 && components !== 3) throw cmyk();
      const [height, width] = [file.u16(at + 5), file.u16(at + 7)];
      return { type: "image/jpeg", width, height, hasAlpha: false, ...exif, dpi: dpi ?? exif.dpi };
    }
    at += 2 + length;
  }
}

/** Where the last end marker (FF D9) is; -1 when there is none. */
function endOfImage(bytes: Uint8Array): number {
  for (let at = bytes.length - 2; at > 0; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return at;
    // An end within the tables at the beginning is that of a thumbnail.
    if (bytes.length - at > 65536) return -1;
  }
  return -1;
}
