import { z } from "zod";

const address = z.string().max(8 * 1024 * 1024).refine(
  (value) => /^https?:\/\//.test(value) || /^data:image\/[a-z+.-]+;base64,/.test(value),
  "Give an http(s) address or a base64 data URI of a picture.",
);

/** What a client may ask for. Unknown members are refused, so that a mistyped one is noticed. */
export const predictionRequest = z.strictObject({
  version: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  input: z.strictObject({
    person_image: address,
    garment_image: address,
    /** Megabytes (1024 × 1024 bytes) that each picture may have. */
    max_image_size_mb: z.number().positive().max(50).default(10),
  }),
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  webhook_events_filter: z.array(z.enum(["start", "output", "logs", "completed"])).optional(),
});

/** A request as it was understood. */
export type PredictionRequest = z.infer<typeof predictionRequest>;
