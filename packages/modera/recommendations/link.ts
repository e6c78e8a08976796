import type { ReadEnv } from "../../database/from_env.ts";
import { functionsUrl } from "../../http/functions_url.ts";
import { hmacOf, isHmacOf } from "../../http/hmac.ts";

/** Makes and knows the links by which people go from recommendations to shops. */
export interface RecommendationLinks {
  /** The link of a recommendation. It does not run out: it leads where SQL still lets it. */
  of(recommendationId: string): Promise<string>;
  /** Whether we gave out a link with this token for this recommendation. */
  isOurs(recommendationId: string, token: string): Promise<boolean>;
}

/** @param address of the function recommendation-click, as people reach it. */
export function recommendationLinks(address: string, secret: string): RecommendationLinks {
  // The purpose is signed too: a token of something else with the same id is no token here.
  const signed = (id: string) => `recommendation-click:${id}`;
  return {
    async of(recommendationId) {
      const url = new URL(address);
      url.searchParams.set("recommendation", recommendationId);
      url.searchParams.set("token", await hmacOf(secret, signed(recommendationId)));
      return url.href;
    },
    isOurs: (recommendationId, token) => isHmacOf(secret, signed(recommendationId), token),
  };
}

/** @throws Error when RECOMMENDATION_LINK_SECRET is missing or has fewer than 32 characters. */
export function recommendationLinksFromEnv(
  read: ReadEnv = (name) => Deno.env.get(name),
): RecommendationLinks {
  const secret = read("RECOMMENDATION_LINK_SECRET") ?? "";
  if (secret.length < 32) {
    throw new Error("RECOMMENDATION_LINK_SECRET needs 32 characters or more.");
  }
  return recommendationLinks(`${functionsUrl(read)}/recommendation-click`, secret);
}
