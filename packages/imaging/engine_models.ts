import { printOptions, renditionOptions } from "./print/options.ts";
import type { ModelInputs } from "./protocol/request.ts";

/** The models that this engine has, and what each works on. */
export const engineModels = {
  "tessera/try-on": { pictures: ["person_image", "garment_image"] },
  "tessera/style-analysis": { pictures: ["photo_image"] },
  "tessera/upscale": { pictures: ["image"], options: printOptions.upscale, megabytes: 50 },
  "tessera/background-removal": {
    pictures: ["image"],
    options: printOptions.background_removal,
    megabytes: 50,
  },
  "tessera/vectorize": { pictures: ["image"], options: printOptions.vectorize, megabytes: 50 },
  "tessera/halftone": { pictures: ["image"], options: printOptions.halftone, megabytes: 50 },
  "tessera/color-knockout": {
    pictures: ["image"],
    options: printOptions.color_knockout,
    megabytes: 50,
  },
  "tessera/rendition": {
    pictures: ["image"],
    options: renditionOptions,
    megabytes: 50,
    quick: true,
  },
  "tessera/underbase": { pictures: ["image"], options: printOptions.underbase, megabytes: 50 },
} as const satisfies Record<string, ModelInputs>;

/** The name of one of them. */
export type EngineModel = keyof typeof engineModels;
