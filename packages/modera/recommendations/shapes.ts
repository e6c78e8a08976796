import { z } from "zod";

/** A recommendation as SQL shows it to its owner. */
export const recommendation = z.object({
  recommendation_id: z.uuid(),
  style_analysis_id: z.uuid(),
  partner: z.string(),
  product_id: z.string(),
  title: z.string(),
  brand: z.string().nullable(),
  category: z.string().nullable(),
  subcategory: z.string().nullable(),
  colour: z.string(),
  sizes: z.array(z.string()),
  price: z.int().describe("Minor units"),
  currency: z.string(),
  image_url: z.string().nullable(),
  score: z.number().min(0).max(1),
  reason: z.string(),
  viewed: z.boolean(),
  clicked: z.boolean(),
  saved: z.boolean(),
  created_at: z.string(),
});

/** What a request for recommendations came to. */
export const recommended = z.object({
  request_id: z.uuid(),
  style_analysis_id: z.uuid(),
  credits_used: z.int(),
  recommendations: z.array(recommendation),
});

export type Recommendation = z.infer<typeof recommendation>;
export type Recommended = z.infer<typeof recommended>;
