import { z } from "zod";
import { problem } from "../http/problem.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { type Storage, storedBytes, storeFile } from "../storage/storage.ts";
import { pdfOfJpeg, pdfOfRaster } from "./convert/pdf.ts";
import { pngAtResolution } from "./convert/png.ts";
import { decodePng } from "./convert/raster.ts";
import { svgAtResolution } from "./convert/svg.ts";
import { encodeTiff } from "./convert/tiff.ts";
import { Bytes, type PictureFacts, type PictureType } from "./inspect/facts.ts";
import { inspectPicture } from "./inspect/inspect.ts";
import { imagesBucket } from "./pictures.ts";
import { rendition } from "./rendition.ts";

/** What a picture can be had as. */
export const printFormat = z.enum(["original", "png", "tiff", "pdf", "svg"]);

/** One of them. */
export type PrintFormat = z.infer<typeof printFormat>;

/** A file that is served. */
export interface PrintFile {
  path: string;
  type: string;
  ending: string;
}

/** What is printed: where it is, where what is made of it goes, and at how many pixels per inch. */
export interface Print {
  path: string;
  folder: string;
  dpi: number;
}

const endings: Record<PictureType, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/tiff": "tif",
  "image/svg+xml": "svg",
};

/**
 * The stored file itself, or one that is made of it and stored beside it, with its resolution in it.
 *
 * @param renderer gives who reads what functions cannot: all but PNGs; throws `ProviderError` while nobody does
 * @throws Problem `format_unavailable`, `provider_unavailable`.
 */
export async function printFile(
  storage: Storage,
  print: Print,
  wanted: PrintFormat,
  renderer: () => PredictionProvider,
): Promise<PrintFile> {
  const { path, folder, dpi } = print;
  const bytes = await storedBytes(storage, { bucket: imagesBucket, path });
  const facts = inspectPicture(bytes);
  const { type, orientation } = facts;
  if (wanted === "original") return { path, type, ending: endings[type] };
  const keep = async (made: Uint8Array, madeType: string, ending: string) => {
    const file = { bucket: imagesBucket, path: `${folder}/download.${ending}` };
    await storeFile(storage, file, made, madeType);
    return { path: file.path, type: madeType, ending };
  };
  const readable = async () =>
    type === "image/png" && orientation === 1 ? bytes : await rendition(storage, path, renderer);
  switch (wanted) {
    case "svg":
      if (type !== "image/svg+xml") throw unavailable();
      return await keep(svgAtResolution(bytes, dpi), type, "svg");
    case "png":
      return await keep(pngAtResolution(await readable(), dpi), "image/png", "png");
    case "tiff": {
      const raster = await decodePng(await readable());
      return await keep(await encodeTiff(raster, dpi), "image/tiff", "tif");
    }
    case "pdf": {
      const made = type === "image/jpeg"
        ? pdfOfJpeg(jpegOf(bytes, facts), dpi)
        : await pdfOfRaster(await decodePng(await readable()), dpi);
      return await keep(made, "application/pdf", "pdf");
    }
  }
}

function unavailable() {
  return problem("format_unavailable", "This picture cannot be had as svg.", {
    extra: { formats: ["original", "png", "tiff", "pdf"] },
  });
}

/** A JPEG with what a PDF must know of it. */
function jpegOf(bytes: Uint8Array, { width, height, orientation }: PictureFacts) {
  return { bytes, width, height, orientation, grey: componentsOf(bytes) === 1 };
}

/** How many components the frame of a JPEG has. */
function componentsOf(bytes: Uint8Array): number {
  const file = new Bytes(bytes);
  for (let at = 2;; at += 2 + file.u16(at + 2)) {
    const marker = file.u8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return file.u8(at + 9);
    }
  }
}
