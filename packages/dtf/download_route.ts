import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { providerFromEnv } from "../predictions/provider_from_env.ts";
import { signedAddress, type Storage } from "../storage/storage.ts";
import { addressSeconds, imagesBucket, storedImage } from "./pictures.ts";
import { printFile, printFormat } from "./print_file.ts";

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

/**
 * `POST /`: a picture as a file to print, with its resolution in it.
 * @param renderer gives who reads what functions cannot; throws `ProviderError` while nobody does
 */
export function downloadRoute(
  storage: Storage,
  renderer: () => PredictionProvider = () => providerFromEnv("rendition"),
): Route {
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
      format: printFormat.default("original"),
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
      const file = await printFile(storage, image, body.format, renderer);
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
