import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Session } from "../../database/database.ts";
import type { Json } from "../../database/types.ts";
import { adviceOf } from "./advice.ts";
import { rank, type Wishes } from "./rank.ts";
import { reasonFor } from "./reason.ts";
import { type Recommended, recommended } from "./shapes.ts";

/** A person's request for recommendations. */
export interface RecommendationRequest extends Wishes {
  analysis_id: string;
  currency?: string | undefined;
  limit: number;
}

/** Products that are compared by CIEDE2000; SQL has chosen them by the plain distance in CIELAB. */
const candidatesAtMost = 400;

const basisShape = z.object({
  earlier: recommended.nullable(),
  language: z.string(),
  size_preferences: z.json(),
  colours: z.json(),
  advice: z.json(),
});

const candidates = z.array(z.object({
  id: z.uuid(),
  title: z.string(),
  category: z.string(),
  subcategory: z.string().nullable(),
  sizes: z.array(z.string()),
  colour: z.string(),
  lab_l: z.number(),
  lab_a: z.number(),
  lab_b: z.number(),
  price: z.int(),
  currency: z.string(),
}));

/**
 * Ranks partners' products for a completed analysis of the caller and keeps the best of them,
 * charged once for each key.
 *
 * @throws Problem `analysis_not_completed`, `no_matching_products`, `insufficient_credits`,
 * `idempotency_conflict`, `not_found`; none of them is charged.
 */
export async function recommend(
  { db, service, userId }: { db: Session; service: Session; userId: string },
  request: RecommendationRequest,
  key: string,
): Promise<Recommended> {
  const { analysis_id, limit, ...wishes } = request;
  // As SQL keeps it: what was not said is not there.
  const asked: Json = JSON.parse(JSON.stringify(request));
  const style_analysis_id = analysis_id;
  const basis = readAnswer(
    basisShape,
    await db.rpc("modera", "recommendation_basis", { style_analysis_id, key, request: asked }),
  );
  if (basis.earlier) return basis.earlier;
  const advice = adviceOf({
    advice: basis.advice as Json,
    size_preferences: basis.size_preferences as Json,
    language: basis.language,
  });
  const wanted: Json = {
    ...JSON.parse(JSON.stringify(wishes)),
    colours: advice.wear.map(({ lab }) => [...lab]),
  };
  const found = readAnswer(
    candidates,
    await service.rpc("modera", "recommendation_candidates", {
      style_analysis_id,
      wanted,
      max: candidatesAtMost,
    }),
  );
  const ranked = rank(found, advice, wishes, limit).map((each) => ({
    id: each.candidate.id,
    score: each.score,
    reason: reasonFor(each, advice, wishes),
  }));
  const args = { user_id: userId, style_analysis_id, key, request: asked };
  return readAnswer(
    recommended,
    await service.rpc("modera", "store_recommendations", { ...args, ranked: { products: ranked } }),
  );
}
