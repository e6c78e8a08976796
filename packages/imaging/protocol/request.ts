import { z } from "zod";

const address = z.string().max(8 * 1024 * 1024).refine(
  (value) => /^https?:\/\//.test(value) || /^data:image\/[a-z+.-]+;base64,/.test(value),
  "Give an http(s) address or a base64 data URI of a picture.",
);

/** What one of the engine's models works on. */
export interface ModelInputs {
  /** Names of its pictures in `input`; all are needed. */
  pictures: readonly string[];
  /** What else may be said in `input`. */
  options?: z.ZodRawShape;
  /** Megabytes that each picture may have unless the client says; 10. */
  megabytes?: number;
  /** Takes little time, somebody waits for it, and it may be made while something else is. */
  quick?: boolean;
}

/** A request as it was understood. */
export interface PredictionRequest {
  input: {
    pictures: Record<string, string>;
    options: Record<string, unknown>;
    /** Megabytes (1024 × 1024 bytes) that each picture may have. */
    max_image_size_mb: number;
  };
  webhook?: string | undefined;
  webhook_events_filter?: ("start" | "output" | "logs" | "completed")[] | undefined;
}

/** What a client may ask a model for. Unknown members are refused, so that a mistyped one is noticed. */
export function requestSchema(
  { pictures, options = {}, megabytes = 10 }: ModelInputs,
): z.ZodType<PredictionRequest> {
  return z.strictObject({
    version: z.string().max(200).optional(),
    model: z.string().max(200).optional(),
    input: z.strictObject({
      ...options,
      ...Object.fromEntries(pictures.map((name) => [name, address])),
      max_image_size_mb: z.number().positive().max(50).default(megabytes),
    }),
    webhook: z.url({ protocol: /^https?$/ }).optional(),
    webhook_events_filter: z.array(z.enum(["start", "output", "logs", "completed"])).optional(),
  }).transform((
    { input, webhook, webhook_events_filter },
  ) => {
    const { max_image_size_mb, ...said }: Record<string, unknown> = input;
    return {
      input: {
        pictures: Object.fromEntries(pictures.map((name) => [name, String(said[name])])),
        options: Object.fromEntries(Object.entries(said).filter(([name]) => name in options)),
        max_image_size_mb: Number(max_image_size_mb),
      },
      webhook,
      webhook_events_filter,
    };
  });
}
