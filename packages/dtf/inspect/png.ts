import { readExif } from "./exif.ts";
import { animated, broken, Bytes, deep, type PictureFacts, printable } from "./facts.ts";

/** A chunk of a PNG: its name, and where its data is. */
export interface PngChunk {
  name: string;
  start: number;
  length: number;
}

/** The chunks up to IEND, by their lengths. @throws Problem `picture_broken` when the file ends before it. */
export function pngChunks(file: Bytes): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = 8;;) {
    const length = file.u32(at);
    const name = file.text(at + 4, 4);
    // Its data and its checksum must be there.
    if (at + 12 + length > file.length) throw broken();
    chunks.push({ name, start: at + 8, length });
    if (name === "IEND") return chunks;
    at += 12 + length;
  }
}

/** What a PNG says: https://www.w3.org/TR/png-3/ */
export function inspectPng(bytes: Uint8Array): PictureFacts {
  const file = new Bytes(bytes);
  const chunks = pngChunks(file);
  const [header] = chunks;
  if (header?.name !== "IHDR" || !chunks.some(({ name }) => name === "IDAT")) throw broken();
  const colourType = file.u8(header.start + 9);
  if (file.u8(header.start + 8) > 8) throw deep();
  if (chunks.some(({ name }) => name === "acTL")) throw animated();
  const density = chunks.find(({ name }) => name === "pHYs");
  const perMetre = density && file.u8(density.start + 8) === 1 ? file.u32(density.start) : 0;
  const exif = chunks.find(({ name }) => name === "eXIf");
  return {
    type: "image/png",
    width: file.u32(header.start),
    height: file.u32(header.start + 4),
    hasAlpha: colourType === 4 || colourType === 6 || chunks.some(({ name }) => name === "tRNS"),
    dpi: printable(perMetre * 0.0254),
    orientation: exif
      ? readExif(bytes.subarray(exif.start, exif.start + exif.length)).orientation
      : 1,
  };
}
