import { concatenated } from "../convert/raster.ts";
import { orientationExif } from "../inspect/exif.ts";
import { broken, Bytes } from "../inspect/facts.ts";
import { inspectJpeg } from "../inspect/jpeg.ts";

/** Application segments other than JFIF's, colour profiles and Adobe's, and comments. */
function isNote(file: Bytes, at: number, length: number): boolean {
  const marker = file.u8(at + 1);
  if (marker === 0xfe) return true;
  if (marker < 0xe1 || marker > 0xef) return false;
  if (marker === 0xe2) return length < 14 || file.text(at + 4, 11) !== "ICC_PROFILE";
  return marker !== 0xee;
}

/** See `withoutNotes`. What follows the picture, as phones append previews with EXIF of their own, goes too. */
export function strippedJpeg(bytes: Uint8Array): Uint8Array {
  const file = new Bytes(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let notes = false;
  let at = 2;
  for (;;) {
    if (file.u8(at) !== 0xff) throw broken();
    const marker = file.u8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    const length = file.u16(at + 2);
    const end = marker === 0xda ? endOfScan(bytes, at + 2 + length) : at + 2 + length;
    if (isNote(file, at, length)) notes = true;
    else kept.push(bytes.subarray(at, end));
    at = end;
  }
  if (!notes && at + 2 === bytes.length) return bytes;
  const { orientation, dpi } = inspectJpeg(bytes);
  const turned = orientation === 1 ? [] : [exifSegment(orientation)];
  const [start, ...segments] = kept as [Uint8Array, ...Uint8Array[]];
  const jfif = segments.filter((segment) => segment[1] === 0xe0);
  const rest = segments.filter((segment) => segment[1] !== 0xe0);
  // JFIF's colours are not always Adobe's: it is written only where it contradicts nothing.
  const adobe = rest.some((segment) => segment[1] === 0xee);
  const sized = dpi === null || (adobe && jfif.length === 0) ? jfif : [jfifSegment(dpi)];
  return concatenated([start, ...sized, ...turned, ...rest, Uint8Array.of(0xff, 0xd9)]);
}

/** JFIF 1.02, with a resolution in pixels per inch. */
function jfifSegment(dpi: number): Uint8Array {
  const resolution = [dpi >> 8, dpi & 255];
  return Uint8Array.from([
    ...[0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 1],
    ...resolution,
    ...resolution,
    ...[0, 0],
  ]);
}

function exifSegment(orientation: Parameters<typeof orientationExif>[0]): Uint8Array {
  const exif = orientationExif(orientation);
  const length = exif.length + 8;
  const head = [0xff, 0xe1, length >> 8, length & 255, 0x45, 0x78, 0x69, 0x66, 0, 0];
  return concatenated([Uint8Array.from(head), exif]);
}

/** Where the coded data of a scan ends: at the next marker that is no stuffed byte and no restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1]!;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw broken();
}
