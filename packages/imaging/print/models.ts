import { z } from "zod";
import type { EngineResult, MadeFile, Order } from "../protocol/engine.ts";
import { type Artwork, readArtwork, writePng } from "./artwork.ts";
import { removeBackground } from "./background.ts";
import { halftone } from "./halftone.ts";
import { knockOut } from "./knockout.ts";
import { printOptions, renditionOptions } from "./options.ts";
import { rendition } from "./rendition.ts";
import { rgbOfHex } from "./rgb.ts";
import { underbase } from "./underbase.ts";
import { upscale } from "./upscale.ts";
import { vectorize } from "./vectorize.ts";

/** A model of the engine: works on one picture. */
type PrintModel = (
  pictures: Order["pictures"],
  limits: Pick<Order, "maxImageBytes">,
  options: Order["options"],
) => Promise<EngineResult>;

/** The operations on artwork as models of the engine, each under its name. */
export const printModels = {
  "tessera/upscale": model(printOptions.upscale, 1, async (artwork, { scale }) => {
    const large = await upscale(artwork, scale);
    return made({ image: await png(large) }, { ...sizeOf(large), scale });
  }),
  "tessera/background-removal": model(
    printOptions.background_removal,
    16,
    async (artwork, { enclosed }) => {
      const { artwork: cut, by, coverage } = await removeBackground(artwork, enclosed);
      return made({ image: await png(cut) }, { ...sizeOf(cut), by, coverage });
    },
  ),
  "tessera/vectorize": model(printOptions.vectorize, 16, async (artwork, options) => {
    const { svg, paths, colours } = await vectorize(artwork, {
      colours: options.colours,
      maxBytes: options.max_bytes,
    });
    const bytes = new TextEncoder().encode(svg);
    const measures = { ...sizeOf(artwork), paths, colours, bytes: bytes.length };
    return made({ image: { bytes, type: "image/svg+xml" } }, measures);
  }),
  "tessera/halftone": model(printOptions.halftone, 1, async (artwork, screen) => {
    const dots = halftone(artwork, screen);
    return made({ image: await png(dots) }, sizeOf(dots));
  }),
  "tessera/color-knockout": model(printOptions.color_knockout, 1, async (artwork, options) => {
    const left = knockOut(artwork, { ...options, colour: rgbOfHex(options.colour) });
    return made({ image: await png(left) }, sizeOf(left));
  }),
  async "tessera/rendition"({ image }, { maxImageBytes }, said) {
    const { longest } = z.object(renditionOptions).parse(said);
    const { png: bytes, width, height } = await rendition(image ?? new Uint8Array(), {
      maxImageBytes,
      longest,
    });
    return made({ image: { bytes, type: "image/png" } }, { width, height });
  },
  "tessera/underbase": model(printOptions.underbase, 1, async (artwork, { choke, shirt }) => {
    const { layer, preview, coverage } = underbase(artwork, choke, rgbOfHex(shirt));
    const files = { image: await png(layer), preview: await png(preview) };
    return made(files, { ...sizeOf(layer), coverage });
  }),
} satisfies Record<string, PrintModel>;

function model<Shape extends z.ZodRawShape>(
  options: Shape,
  minSide: number,
  work: (artwork: Artwork, options: z.output<z.ZodObject<Shape>>) => Promise<EngineResult>,
): PrintModel {
  const schema = z.object(options);
  return async ({ image }, limits, said) =>
    await work(
      await readArtwork(image ?? new Uint8Array(), { ...limits, minSide }),
      schema.parse(said),
    );
}

function made(files: Record<string, MadeFile>, measures: Record<string, unknown>): EngineResult {
  return { files, output: { engine: "local", measures } };
}

async function png(artwork: Artwork): Promise<MadeFile> {
  return { bytes: await writePng(artwork), type: "image/png" };
}

function sizeOf({ width, height, transparent }: Artwork) {
  return { width, height, has_alpha: transparent };
}
