import { orientationOf } from "./exif.ts";
import { animated, broken, Bytes, cmyk, deep, type PictureFacts, printable } from "./facts.ts";

/** Tags of TIFF 6.0 that are read here. */
const tag = {
  width: 256,
  height: 257,
  bits: 258,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  stripBytes: 279,
  xResolution: 282,
  resolutionUnit: 296,
  tileOffsets: 324,
  tileBytes: 325,
  extraSamples: 338,
} as const;

/** Bytes of one value of a field, by its type: BYTE, ASCII, SHORT, LONG, RATIONAL, their signed kin, FLOAT and DOUBLE. */
const sizes: Record<number, number> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1 },
  ...{ 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 },
};

/** What a TIFF says: TIFF Revision 6.0, https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
export function inspectTiff(bytes: Uint8Array): PictureFacts {
  const file = new Bytes(bytes, bytes[0] === 0x49);
  const directory = file.u32(4);
  const count = file.u16(directory);
  const values = (wanted: number): number[] => {
    for (let i = 0; i < count; i++) {
      const at = directory + 2 + i * 12;
      if (file.u16(at) === wanted) return fieldAt(file, at);
    }
    return [];
  };
  for (let i = 0; i < count; i++) requireField(file, directory + 2 + i * 12);
  if (file.u32(directory + 2 + count * 12) !== 0) throw animated();
  const [width] = values(tag.width);
  const [height] = values(tag.height);
  if (!width || !height) throw broken();
  if (values(tag.bits).some((bits) => bits > 8)) throw deep();
  // 0 and 1 grey, 2 RGB, 3 palette, 6 YCbCr; 5 is what inks there are.
  if (![0, 1, 2, 3, 6].includes(values(tag.photometric)[0] ?? 0)) throw cmyk();
  const parts = [...values(tag.stripOffsets), ...values(tag.tileOffsets)];
  const lengths = [...values(tag.stripBytes), ...values(tag.tileBytes)];
  if (parts.length === 0 || parts.some((at, i) => at + (lengths[i] ?? 0) > file.length)) {
    throw broken();
  }
  const [resolution = 0] = values(tag.xResolution);
  const perInch = { 2: 1, 3: 2.54 }[values(tag.resolutionUnit)[0] ?? 2] ?? 0;
  return {
    type: "image/tiff",
    width,
    height,
    hasAlpha: values(tag.extraSamples).some((kind) => kind === 1 || kind === 2),
    dpi: printable(resolution * perInch),
    orientation: orientationOf(values(tag.orientation)[0]),
  };
}

/** Bytes that the values of a field take, by its entry in the directory. */
export function fieldSize(file: Bytes, at: number): number {
  return (sizes[file.u16(at + 2)] ?? 0) * file.u32(at + 4);
}

/** Whatever a field holds must be in the file, also what is of no interest here. */
function requireField(file: Bytes, at: number): void {
  const bytes = fieldSize(file, at);
  if (bytes > 4 && file.u32(at + 8) + bytes > file.length) throw broken();
}

/** The values of a field; those that do not fit into its entry are elsewhere in the file. */
function fieldAt(file: Bytes, at: number): number[] {
  const type = file.u16(at + 2);
  const count = file.u32(at + 4);
  const size = sizes[type];
  if (!size || count * size > file.length) return [];
  const start = count * size <= 4 ? at + 8 : file.u32(at + 8);
  return Array.from({ length: count }, (_, i) => {
    const place = start + i * size;
    if (type === 3) return file.u16(place);
    if (type === 4) return file.u32(place);
    if (type === 5) return file.u32(place) / Math.max(1, file.u32(place + 4));
    return file.u8(place);
  });
}
