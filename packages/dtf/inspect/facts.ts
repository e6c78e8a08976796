import { Problem, problem } from "../../http/problem.ts";

/** The kinds of pictures that are taken. */
export type PictureType =
  | "image/png"
  | "image/jpeg"
  | "image/webp"
  | "image/tiff"
  | "image/svg+xml";

/** What a file says of the picture in it. */
export interface PictureFacts {
  type: PictureType;
  /** In pixels, upright; of an SVG, in CSS pixels. */
  width: number;
  height: number;
  /** How the stored picture is to be turned, as EXIF has it: 1 is upright, 5 to 8 lie on a side. */
  orientation: Orientation;
  hasAlpha: boolean;
  /** Pixels per inch, where the file says so and it is a resolution that is printed. */
  dpi: number | null;
}

/** EXIF 2.32, tag 274. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Facts of a stored picture, as they are when it was turned upright. */
export function upright(stored: PictureFacts): PictureFacts {
  const { width, height, orientation } = stored;
  return orientation < 5 ? stored : { ...stored, width: height, height: width };
}

/** The refusal of a file that is cut short or damaged. */
export function broken(cause?: unknown): Problem {
  return problem("picture_broken", "The file is cut short or damaged.", { cause });
}

/** The refusal of a file with several frames or pages. */
export function animated(): Problem {
  return problem("picture_animated", "The file has several frames or pages; a print has one.");
}

/** The refusal of colours that are not RGB or grey. */
export function cmyk(): Problem {
  return problem("picture_cmyk", "The picture is in CMYK. Save it in RGB.");
}

/** The refusal of more than 8 bits a channel. */
export function deep(): Problem {
  return problem("picture_16_bit", "The picture has more than 8 bits a channel. Save it with 8.");
}

/** A resolution that is printed, in whole pixels per inch, or null. */
export function printable(dpi: number): number | null {
  const whole = Math.round(dpi);
  return whole >= 36 && whole <= 2400 ? whole : null;
}

/** Reads numbers of a file; what is not there is `picture_broken`. */
export class Bytes {
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array, readonly littleEndian = false) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    return this.#within(at, 1).getUint8(at);
  }

  u16(at: number): number {
    return this.#within(at, 2).getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    return this.#within(at, 4).getUint32(at, this.littleEndian);
  }

  /** Characters of one byte each. */
  text(at: number, length: number): string {
    this.#within(at, length);
    return String.fromCharCode(...this.bytes.subarray(at, at + length));
  }

  #within(at: number, length: number): DataView {
    if (at < 0 || at + length > this.length) throw broken();
    return this.#view;
  }
}
