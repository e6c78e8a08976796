import { concatenated } from "../convert/raster.ts";
import { orientationExif } from "../inspect/exif.ts";
import { Bytes } from "../inspect/facts.ts";
import { inspectWebp, webpChunks } from "../inspect/webp.ts";

const exifFlag = 0x08;
const xmpFlag = 0x04;

/** See `withoutNotes`. */
export function strippedWebp(bytes: Uint8Array): Uint8Array {
  const chunks = webpChunks(new Bytes(bytes, true));
  if (!chunks.some(({ name }) => name === "EXIF" || name === "XMP ")) return bytes;
  const { orientation } = inspectWebp(bytes);
  const turned = orientation !== 1;
  const kept = chunks.filter(({ name }) => name !== "EXIF" && name !== "XMP ")
    .map(({ name, start, length }) => {
      const data = new Uint8Array(bytes.subarray(start, start + length));
      if (name === "VP8X") data[0] = data[0]! & ~(exifFlag | xmpFlag) | (turned ? exifFlag : 0);
      return chunk(name, data);
    });
  if (turned) kept.push(chunk("EXIF", orientationExif(orientation)));
  const body = concatenated([ascii("WEBP"), ...kept]);
  return concatenated([ascii("RIFF"), littleEndian(body.length), body]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const padding = new Uint8Array(data.length % 2);
  return concatenated([ascii(name), littleEndian(data.length), data, padding]);
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
