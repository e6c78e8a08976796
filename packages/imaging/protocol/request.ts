import { z } from "zod";

const address = z.string().max(8 * 1024 * 1024).refine(
  (value) => /^https?:\/\//.test(value) || /^data:image\/[a-z+.-]+;base64,/.test(value),
  "Give an http(s) address or a base64 data URI of a picture.",
);

/** What one of the engine's models works on. */
export interface ModelInputs {
  /** Names of its pictures in `input`; all are needed. */
  pictures: readonly string[];
}

/** A request as it was understood. */
export interface PredictionRequest {
  input: {
    pictures: Record<string, string>;
    /** Megabytes (1024 × 1024 bytes) that each picture may have. */
    max_image_size_mb: number;
  };
  webhook?: string | undefined;
  webhook_events_filter?: ("start" | "output" | "logs" | "completed")[] | undefined;
}

/** What a client may ask a model for. Unknown members are refused, so that a mistyped one is noticed. */
export function requestSchema({ pictures }: ModelInputs): z.ZodType<PredictionRequest> {
  return z.strictObject({
    version: z.string().max(200).optional(),
    model: z.string().max(200).optional(),
    input: z.strictObject({
      ...Object.fromEntries(pictures.map((name) => [name, address])),
      max_image_size_mb: z.number().positive().max(50).default(10),
    }),
    webhook: z.url({ protocol: /^https?$/ }).optional(),
    webhook_events_filter: z.array(z.enum(["start", "output", "logs", "completed"])).optional(),
  }).transform((
    { input: { max_image_size_mb, ...addresses }, webhook, webhook_events_filter },
  ) => ({
    input: { pictures: addresses as Record<string, string>, max_image_size_mb },
    webhook,
    webhook_events_filter,
  }));
}
