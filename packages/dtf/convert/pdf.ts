import type { Orientation } from "../inspect/facts.ts";
import { concatenated, deflate, type Raster } from "./raster.ts";

/** How the picture in a PDF is stored, by PDF's names. */
interface Image {
  width: number;
  height: number;
  space: "/DeviceGray" | "/DeviceRGB";
  filter: "/FlateDecode" | "/DCTDecode";
  orientation: Orientation;
  data: Uint8Array;
  /** Grey, where the picture is opaque. */
  mask?: Uint8Array;
}

/** A PDF of one page, as large as the print, from decoded pixels; transparency is kept. @param dpi pixels per inch */
export async function pdfOfRaster(raster: Raster, dpi: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, channels, pixels } = raster;
  const colours = channels < 3 ? 1 : 3;
  const space = colours === 1 ? "/DeviceGray" : "/DeviceRGB";
  const image = { width, height, space, filter: "/FlateDecode", orientation: 1 } as const;
  if (channels === colours) return pdf({ ...image, data: await deflate(pixels) }, dpi);
  const count = width * height;
  const data = new Uint8Array(count * colours);
  const mask = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < colours; c++) data[i * colours + c] = pixels[i * channels + c]!;
    mask[i] = pixels[i * channels + colours]!;
  }
  return pdf({ ...image, data: await deflate(data), mask: await deflate(mask) }, dpi);
}

/** A JPEG, and what a PDF must know of it: its size upright, and how it is to be turned. */
export interface UprightJpeg {
  bytes: Uint8Array;
  width: number;
  height: number;
  orientation: Orientation;
  grey: boolean;
}

/** A PDF of one page, as large as the print, with a JPEG as it is, turned upright. @param dpi pixels per inch */
export function pdfOfJpeg(jpeg: UprightJpeg, dpi: number): Uint8Array<ArrayBuffer> {
  const { bytes: data, width, height, orientation, grey } = jpeg;
  const space = grey ? "/DeviceGray" : "/DeviceRGB";
  return pdf({ width, height, space, filter: "/DCTDecode", orientation, data }, dpi);
}

/**
 * Where the unit square, in which a picture is drawn, goes on a page of `w` × `h`, so that it stands upright: ISO 32000-1, 8.3.4, for the
 * values of EXIF's orientation.
 */
const turns: Record<Orientation, (w: string, h: string) => string> = {
  1: (w, h) => `${w} 0 0 ${h} 0 0`,
  2: (w, h) => `-${w} 0 0 ${h} ${w} 0`,
  3: (w, h) => `-${w} 0 0 -${h} ${w} ${h}`,
  4: (w, h) => `${w} 0 0 -${h} 0 ${h}`,
  5: (w, h) => `0 -${h} -${w} 0 ${w} ${h}`,
  6: (w, h) => `0 -${h} ${w} 0 0 ${h}`,
  7: (w, h) => `0 ${h} ${w} 0 0 0`,
  8: (w, h) => `0 ${h} -${w} 0 ${w} 0`,
};

/** ISO 32000-1: a catalogue, a page, its content, the picture and its soft mask. */
function pdf(image: Image, dpi: number): Uint8Array<ArrayBuffer> {
  const { width, height, orientation, space, filter, data, mask } = image;
  const points = (pixels: number) => (pixels * 72 / dpi).toFixed(3);
  const [w, h] = [points(width), points(height)];
  const content = ascii(`q ${turns[orientation](w, h)} cm /Im0 Do Q`);
  const stream = (dictionary: string, body: Uint8Array) =>
    concatenated([
      ascii(`<< ${dictionary} /Length ${body.length} >>\nstream\n`),
      body,
      ascii("\nendstream"),
    ]);
  const [across, down] = orientation < 5 ? [width, height] : [height, width];
  const picture =
    `/Type /XObject /Subtype /Image /Width ${across} /Height ${down} /BitsPerComponent 8`;
  const objects = [
    ascii("<< /Type /Catalog /Pages 2 0 R >>"),
    ascii("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
    ascii(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents 4 0 R /Resources << /XObject << /Im0 5 0 R >> >> >>`,
    ),
    stream("", content),
    stream(
      `${picture} /ColorSpace ${space} /Filter ${filter}${mask ? " /SMask 6 0 R" : ""}`,
      data,
    ),
    ...(mask ? [stream(`${picture} /ColorSpace /DeviceGray /Filter /FlateDecode`, mask)] : []),
  ];
  // The second line tells programs that the file is binary.
  const parts: Uint8Array[] = [ascii("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")];
  const places: number[] = [];
  let at = parts[0]!.length;
  objects.forEach((object, i) => {
    places.push(at);
    const whole = concatenated([ascii(`${i + 1} 0 obj\n`), object, ascii("\nendobj\n")]);
    parts.push(whole);
    at += whole.length;
  });
  const rows = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  parts.push(ascii(
    `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`,
  ));
  return concatenated(parts);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
