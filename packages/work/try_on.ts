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
  person_path: storagePath.describe("A picture of a person, in the caller's own Storage folder"),
  garment_path: storagePath.describe("A picture of a garment, in the caller's own Storage folder"),
});

/** A try-on that has begun. */
export const startedTryOn = z.object({ try_on_id: z.uuid(), ...startedShape });

const score = z.number().min(0).max(1).nullable();

/** A try-on as its owner sees it. */
export const foundTryOn = z.object({
  try_on_id: z.uuid(),
  ...foundShape,
  result_url: z.url().nullable().describe("Serves the picture for ten minutes"),
  fit_analysis: z.record(z.string(), z.unknown()).nullable(),
  quality_score: score,
  confidence_score: score,
});

/** Putting a garment on a person. */
export const tryOnWork = defineWork({
  name: "try_on",
  operation: "try-on",
  plural: "try-ons",
  summaries: {
    start: "Try a garment on: holds its price, charges it when the picture is there.",
    read: "How one of the caller's try-ons stands, with its picture once there is one.",
  },
  examples: {
    start: {
      "Two pictures of one's own": {
        body: {
          product: "modera",
          person_path: `${exampleIds.user}/me.png`,
          garment_path: `${exampleIds.user}/shirt.png`,
        },
      },
    },
    read: { "How it stands": { params: { id: exampleIds.tryOn }, query: { product: "modera" } } },
  },
  request,
  started: startedTryOn,
  found: foundTryOn,
  idOf: ({ try_on_id }) => try_on_id,
});

/** A product that offers try-ons. */
export type TryOnProduct = ProductOf<typeof tryOnWork>;
