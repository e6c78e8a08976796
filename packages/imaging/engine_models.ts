import type { ModelInputs } from "./protocol/request.ts";

/** The models that this engine has, and what each works on. */
export const engineModels = {
  "tessera/try-on": { pictures: ["person_image", "garment_image"] },
  "tessera/style-analysis": { pictures: ["photo_image"] },
} as const satisfies Record<string, ModelInputs>;

/** The name of one of them. */
export type EngineModel = keyof typeof engineModels;
