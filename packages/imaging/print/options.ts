import { z } from "zod";

const hexColour = z.string().regex(/^#[0-9a-f]{6}$/i, "Give a colour as #rrggbb.");

/** What each operation on artwork may be told: shapes of zod, the same for callers and for the engine. */
export const printOptions = {
  upscale: {
    scale: z.union([z.literal(2), z.literal(4)]).default(2).describe("How many times larger"),
  },
  background_removal: {
    enclosed: z.enum(["auto", "remove", "keep"]).default("auto")
      .describe("Ground that the artwork encloses, as in an O; auto looks at what encloses it"),
  },
  vectorize: {
    colours: z.int().min(2).max(32).default(12).describe("At most so many"),
    max_bytes: z.int().min(10_000).max(10_000_000).default(5_000_000).describe("Of the SVG"),
  },
  halftone: {
    cell: z.number().min(2).max(100).default(6).describe("Pixels from dot to dot"),
    angle: z.number().min(0).max(180).default(22.5).describe("Degrees"),
    dot: z.enum(["round", "diamond", "line"]).default("round"),
    of: z.enum(["soft-edges", "dark-shirt", "light-shirt"]).default("soft-edges")
      .describe("What becomes dots: transparency, or what is dark or light"),
  },
  color_knockout: {
    colour: hexColour.default("#000000").describe("What is removed"),
    tolerance: z.number().min(0).max(441).default(24).describe("Distance in sRGB that goes wholly"),
    softness: z.number().min(0).max(441).default(48).describe("Further distance that fades"),
  },
  underbase: {
    choke: z.number().min(0).max(50).default(2).describe(
      "Pixels that white ends inside the artwork",
    ),
    shirt: hexColour.default("#1a1a1a").describe("The shirt's colour in the preview"),
  },
} as const satisfies Record<string, z.ZodRawShape>;

/** What a rendition may be told. It is no operation that people ask for. */
export const renditionOptions = {
  longest: z.int().min(16).max(2000).optional()
    .describe("Pixels that the longer side has at most"),
} as const satisfies z.ZodRawShape;
