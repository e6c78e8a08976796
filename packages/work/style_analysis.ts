import { z } from "zod";
import { exampleIds } from "../http/example_ids.ts";
import {
  defineWork,
  foundShape,
  type ProductOf,
  requestShape,
  startedShape,
  storagePath,
} from "./work.ts";

const request = z.strictObject({
  ...requestShape,
  photo_path: storagePath.describe("A photo of the person, in the caller's own Storage folder"),
});

/** A style analysis that has begun. */
export const startedStyleAnalysis = z.object({ style_analysis_id: z.uuid(), ...startedShape });

const share = z.number().min(0).max(1);

const colour = z.looseObject({
  name: z.string(),
  hex: z.string().regex(/^#[0-9a-f]{6}$/),
  lab: z.array(z.number()).length(3).describe("CIELAB under D65"),
});

const part = z.array(colour.extend({ share }));

const measure = z.looseObject({ value: z.number(), unit: z.literal("ratio"), confidence: share })
  .optional();

const advice = z.array(z.object({ name: z.string(), why: z.string() }));

/** What is read off a photo, by any engine; parts that could not be seen are empty or null. */
export const styleAnalysis = z.object({
  palette: z.object({ skin: part, hair: part, top: part, bottom: part }),
  season: z.looseObject({
    name: z.enum(["spring", "summer", "autumn", "winter"]),
    undertone: z.enum(["warm", "neutral", "cool"]),
  }),
  proportions: z.looseObject({
    shoulder_to_hip: measure,
    shoulder_to_torso: measure,
    leg_to_torso: measure,
    arm_to_torso: measure,
    chest_to_hip: measure,
    waist_to_hip: measure,
    shape: z.looseObject({ name: z.string(), confidence: share }).nullable(),
  }).describe("Ratios; a picture has no scale, so nothing is in centimetres"),
  profile: z.looseObject({ summary: z.string() }),
  recommendations: z.looseObject({
    colours: z.object({ wear: z.array(colour), avoid: z.array(colour) }),
    necklines: advice,
    fits: advice,
  }),
  confidence: z.record(z.string(), share).describe("For each part, 0 to 1"),
});

/** A style analysis as its owner sees it. */
export const foundStyleAnalysis = z.object({
  style_analysis_id: z.uuid(),
  ...foundShape,
  analysis: styleAnalysis.nullable().describe("Null until it is completed"),
});

/** Reading a person's style off a photo. */
export const styleAnalysisWork = defineWork({
  name: "style_analysis",
  operation: "style-analysis",
  plural: "style analyses",
  summaries: {
    start: "Have a style analysed: holds its price, charges it when the analysis is there.",
    read: "How one of the caller's style analyses stands, with what it found.",
  },
  examples: {
    start: {
      "A photo of one's own": {
        body: { product: "modera", photo_path: `${exampleIds.user}/me.png` },
      },
    },
    read: {
      "How it stands": { params: { id: exampleIds.styleAnalysis }, query: { product: "modera" } },
    },
  },
  request,
  started: startedStyleAnalysis,
  found: foundStyleAnalysis,
  idOf: ({ style_analysis_id }) => style_analysis_id,
});

/** A product that offers style analyses. */
export type StyleAnalysisProduct = ProductOf<typeof styleAnalysisWork>;
