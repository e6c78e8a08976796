import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import { signedAddress, type Storage, storedBytes, storeFile } from "../storage/storage.ts";
import { pdfOfJpeg, pdfOfRaster } from "./convert/pdf.ts";
import { pngAtResolution } from "./convert/png.ts";
import { decodePng } from "./convert/raster.ts";
import { encodeTiff } from "./convert/tiff.ts";
import { Bytes, type PictureType } from "./inspect/facts.ts";
import { inspectPicture } from "./inspect/inspect.ts";
import { addressSeconds, imagesBucket, storedImage } from "./pictures.ts";

const format = z.enum(["original", "png", "tiff", "pdf", "svg"]);

type Format = z.infer<typeof format>;

const download = z.object({
  url: z.url().describe("Serves the file for ten minutes"),
  expires_at: z.string(),
  filename: z.string(),
  content_type: z.string(),
  dpi: z.int(),
  print_width_cm: z.number().nullable(),
  print_height_cm: z.number().nullable(),
  download_count: z.int(),
});

const opened = storedImage.extend({ path: z.string(), folder: z.string() });

/** What a kind of picture can be had as, besides as it is. */
const formatsOf: Record<PictureType, readonly Exclude<Format, "original">[]> = {
  "image/png": ["png", "tiff", "pdf"],
  "image/jpeg": ["pdf"],
  "image/webp": [],
  "image/tiff": ["tiff"],
  "image/svg+xml": ["svg"],
};

const endings: Record<PictureType, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/tiff": "tif",
  "image/svg+xml": "svg",
};

/** `POST /`: a picture as a file to print, with its resolution in it. */
export function downloadRoute(storage: Storage): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Download a picture as a file to print, with its resolution in it. Counted.",
    limit: { calls: 60, seconds: 60 },
    examples: {
      "To print at 300 dpi": { body: { image_id: exampleIds.image, format: "png", dpi: 300 } },
    },
    body: z.strictObject({
      image_id: z.uuid(),
      format: format.default("original"),
      dpi: z.int().min(36).max(2400).optional()
        .describe("Pixels per inch; kept with the picture. Else what is kept"),
    }),
    answers: { 200: download },
    async handle({ db, body }) {
      const answer = await db.rpc("dtf", "open_download", {
        image_id: body.image_id,
        dpi: body.dpi ?? null,
      });
      const image = readAnswer(opened, answer);
      const file = await fileOf(storage, image, body.format);
      const filename = `${image.filename.replace(/\.[a-z0-9]{1,5}$/i, "")}.${file.ending}`;
      const where = { bucket: imagesBucket, path: file.path };
      return {
        status: 200,
        body: {
          url: await signedAddress(storage, where, addressSeconds, filename),
          expires_at: new Date(Date.now() + addressSeconds * 1000).toISOString(),
          filename,
          content_type: file.type,
          dpi: image.dpi,
          print_width_cm: image.print_width_cm,
          print_height_cm: image.print_height_cm,
          download_count: image.download_count,
        },
      };
    },
  });
}

interface FileToServe {
  path: string;
  type: string;
  ending: string;
}

/** The file itself, or one that is made of it and stored beside it. */
async function fileOf(
  storage: Storage,
  image: z.infer<typeof opened>,
  wanted: Format,
): Promise<FileToServe> {
  const bytes = await storedBytes(storage, { bucket: imagesBucket, path: image.path });
  const { type } = inspectPicture(bytes);
  if (wanted === "original" || endings[type] === wanted && wanted === "svg") {
    return { path: image.path, type, ending: endings[type] };
  }
  if (!formatsOf[type].includes(wanted)) {
    throw problem("format_unavailable", `This picture cannot be had as ${wanted}.`, {
      extra: { formats: ["original", ...formatsOf[type]] },
    });
  }
  if (type === "image/tiff") return { path: image.path, type, ending: "tif" };
  const made = await madeOf(bytes, type, wanted, image.dpi);
  const path = `${image.folder}/download.${made.ending}`;
  await storeFile(storage, { bucket: imagesBucket, path }, made.bytes, made.type);
  return { path, type: made.type, ending: made.ending };
}

async function madeOf(bytes: Uint8Array, type: PictureType, wanted: Format, dpi: number) {
  if (wanted === "png") {
    return { bytes: pngAtResolution(bytes, dpi), type: "image/png", ending: "png" };
  }
  if (type === "image/jpeg") {
    return { bytes: pdfOfJpeg(jpegOf(bytes), dpi), type: "application/pdf", ending: "pdf" };
  }
  const raster = await decodePng(bytes);
  return wanted === "tiff"
    ? { bytes: await encodeTiff(raster, dpi), type: "image/tiff", ending: "tif" }
    : { bytes: await pdfOfRaster(raster, dpi), type: "application/pdf", ending: "pdf" };
}

/** A JPEG with what a PDF must know of it. */
function jpegOf(bytes: Uint8Array) {
  const { width, height } = inspectPicture(bytes);
  return { bytes, width, height, grey: componentsOf(bytes) === 1 };
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
