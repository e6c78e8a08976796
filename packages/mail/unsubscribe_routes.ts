import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import type { UnsubscribeLinks, Unsubscription } from "./unsubscribe_links.ts";

const query = z.strictObject({ token: z.string().max(300) });

const subscription = z.object({
  product: z.string(),
  subscribed: z.boolean().describe("Whether the address gets the product's campaigns"),
});

/** Mail programs post for many people from few addresses. */
const limit = { calls: 3000, seconds: 60 };

/**
 * `POST /?token` unsubscribes, as RFC 8058 has mail programs do: no session, no cookie, no question,
 * whatever the body is. `GET /?token` only says how it stands, because programs that look for harm
 * follow every link of a mail.
 */
export function unsubscribeRoutes(links: () => UnsubscribeLinks): Route[] {
  const meant = async (token: string): Promise<Unsubscription> => {
    const found = await links().read(token);
    if (!found) throw problem("not_found", "This is not a link of ours.");
    return found;
  };
  const read = route({
    method: "GET",
    path: "/",
    auth: "anyone",
    summary: "Whether the address that the link was sent to gets campaigns.",
    limit,
    query,
    examples: { "A link of a mail": { query: { token: exampleIds.unsubscribeToken } } },
    answers: { 200: subscription },
    async handle({ service, query }) {
      const { product, digest } = await meant(query.token);
      const answer = await service.rpc("api", "mail_subscription", { product, digest_hex: digest });
      return { status: 200, body: readAnswer(subscription, answer) };
    },
  });
  const unsubscribe = route({
    method: "POST",
    path: "/",
    auth: "anyone",
    summary: "Send no campaigns of the product to the link's address any more. May be repeated.",
    limit,
    query,
    examples: { "One click": { query: { token: exampleIds.unsubscribeToken } } },
    answers: { 200: subscription },
    async handle({ service, query, log }) {
      const { product, digest, campaignId } = await meant(query.token);
      const answer = await service.rpc("api", "unsubscribe_mail", {
        product,
        digest_hex: digest,
        campaign_id: campaignId,
      });
      log.info("unsubscribed", { product, campaign_id: campaignId });
      return { status: 200, body: readAnswer(subscription, answer) };
    },
  });
  return [read, unsubscribe];
}
