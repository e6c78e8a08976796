import { Bytes, type Orientation, printable } from "./facts.ts";

/** What EXIF says of how a picture is to be shown. */
export interface ExifFacts {
  orientation: Orientation;
  /** Pixels per inch, where it says so. */
  dpi: number | null;
}

const tag = { orientation: 274, xResolution: 282, resolutionUnit: 296 } as const;

/** What EXIF writes where the resolution is not known: EXIF 2.32, tag 282. */
const unknownResolution = 72;

/** How a picture is to be shown, by its EXIF: a TIFF without a picture. What cannot be read says nothing. */
export function readExif(exif: Uint8Array): ExifFacts {
  const facts: ExifFacts = { orientation: 1, dpi: null };
  try {
    const file = new Bytes(exif, exif[0] === 0x49);
    const directory = file.u32(4);
    let [resolution, unit] = [0, 2];
    for (let i = 0; i < file.u16(directory); i++) {
      const at = directory + 2 + i * 12;
      const found = file.u16(at);
      if (found === tag.orientation) facts.orientation = orientationOf(file.u16(at + 8));
      if (found === tag.resolutionUnit) unit = file.u16(at + 8);
      if (found !== tag.xResolution) continue;
      const place = file.u32(at + 8);
      resolution = file.u32(place) / Math.max(1, file.u32(place + 4));
    }
    if (resolution !== unknownResolution) {
      facts.dpi = printable(resolution * (unit === 3 ? 2.54 : 1));
    }
  } catch {
    // EXIF is the camera's: a picture is none the worse for one that is damaged.
  }
  return facts;
}

/** A tag's value as an orientation; 1 for what is none. */
export function orientationOf(value: number | undefined): Orientation {
  return value !== undefined && value >= 1 && value <= 8 ? value as Orientation : 1;
}

/** EXIF that says how a picture is to be turned, and nothing else. */
export function orientationExif(orientation: Orientation): Uint8Array<ArrayBuffer> {
  const exif = new Uint8Array(26);
  const view = new DataView(exif.buffer);
  exif.set([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1]);
  view.setUint16(10, tag.orientation);
  view.setUint16(12, 3);
  view.setUint32(14, 1);
  view.setUint16(18, orientation);
  return exif;
}
