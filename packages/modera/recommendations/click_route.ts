import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { problem } from "../../http/problem.ts";
import { type Route, route } from "../../http/route.ts";
import { shopAddress } from "../partners/shop_address.ts";
import type { RecommendationLinks } from "./link.ts";

const target = z.object({ url: z.string(), click_parameter: z.string() });

/**
 * `GET /?recommendation&token`: takes whoever follows a recommendation's link to the partner's page.
 * The address leads nowhere else: it is the recommended product's, at one of the partner's domains of
 * now, and the link is signed. The partner learns the recommendation's id, and not who follows it.
 */
export function clickRoute(links: RecommendationLinks): Route {
  return route({
    method: "GET",
    path: "/",
    auth: "anyone",
    summary: "Follow a recommendation to the shop.",
    limit: { calls: 120, seconds: 60 },
    examples: {
      "A link that was given out": {
        query: { recommendation: exampleIds.recommendation, token: exampleIds.clickToken },
      },
    },
    query: z.strictObject({ recommendation: z.uuid(), token: z.string().max(64) }),
    answers: { 302: z.undefined() },
    async handle({ service, query: { recommendation, token } }) {
      if (!await links.isOurs(recommendation, token)) {
        throw problem("not_found", "There is no such link.");
      }
      const answer = await service.rpc("modera", "click_recommendation", {
        recommendation_id: recommendation,
      });
      const { url, click_parameter } = readAnswer(target, answer);
      const address = shopAddress(url);
      if (!address) throw problem("link_closed", "The product's address is not valid any more.");
      const shop = new URL(address);
      shop.searchParams.set(click_parameter, recommendation);
      return {
        status: 302,
        headers: { Location: shop.href, "Referrer-Policy": "no-referrer" },
      };
    },
  });
}
