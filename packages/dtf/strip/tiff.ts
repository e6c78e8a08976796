import { Bytes } from "../inspect/facts.ts";
import { fieldSize } from "../inspect/tiff.ts";

/** XMP, IPTC, Photoshop's resources, EXIF and GPS. */
const notes = [700, 33723, 34377, 34665, 34853];
const directories = [34665, 34853];

/** See `withoutNotes`. Entries are taken out of the directory, and what they stood for is overwritten. */
export function strippedTiff(bytes: Uint8Array): Uint8Array {
  const file = new Bytes(bytes, bytes[0] === 0x49);
  const directory = file.u32(4);
  const count = file.u16(directory);
  const places = Array.from({ length: count }, (_, i) => directory + 2 + i * 12);
  const found = places.filter((at) => notes.includes(file.u16(at)));
  if (found.length === 0) return bytes;
  const out = new Uint8Array(bytes);
  for (const at of found) erase(file, at, out);
  const kept = places.filter((at) => !found.includes(at));
  const end = directory + 2 + count * 12 + 4;
  out.fill(0, directory, end);
  new DataView(out.buffer).setUint16(directory, kept.length, file.littleEndian);
  kept.forEach((at, i) => out.set(bytes.subarray(at, at + 12), directory + 2 + i * 12));
  return out;
}

function erase(file: Bytes, at: number, out: Uint8Array): void {
  const [tag, place] = [file.u16(at), file.u32(at + 8)];
  const size = fieldSize(file, at);
  if (size > 4) out.fill(0, place, place + size);
  if (!directories.includes(tag)) return;
  const count = file.u16(place);
  for (let i = 0; i < count; i++) {
    const entry = place + 2 + i * 12;
    const length = fieldSize(file, entry);
    if (length > 4) out.fill(0, file.u32(entry + 8), file.u32(entry + 8) + length);
  }
  out.fill(0, place, place + 2 + count * 12 + 4);
}
