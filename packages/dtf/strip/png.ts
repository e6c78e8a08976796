import { chunk, pngSignature } from "../convert/png.ts";
import { concatenated } from "../convert/raster.ts";
import { orientationExif } from "../inspect/exif.ts";
import { Bytes } from "../inspect/facts.ts";
import { inspectPng, pngChunks } from "../inspect/png.ts";

const notes = ["eXIf", "tEXt", "zTXt", "iTXt", "tIME"];

/** See `withoutNotes`. */
export function strippedPng(bytes: Uint8Array): Uint8Array {
  const chunks = pngChunks(new Bytes(bytes));
  const kept = chunks.filter(({ name }) => !notes.includes(name))
    .map(({ start, length }) => bytes.subarray(start - 8, start + length + 4));
  const whole = kept.reduce((sum, part) => sum + part.length, pngSignature.length);
  if (whole === bytes.length) return bytes;
  const { orientation } = inspectPng(bytes);
  const turned = orientation === 1 ? [] : [chunk("eXIf", orientationExif(orientation))];
  return concatenated([pngSignature, kept[0]!, ...turned, ...kept.slice(1)]);
}
