import type { ReadEnv } from "../database/from_env.ts";
import { functionsUrl } from "../http/functions_url.ts";
import { hmacOf, isHmacOf } from "../http/hmac.ts";

/** Who unsubscribes from what: an address, by its digest, from a product's campaigns. */
export interface Unsubscription {
  product: string;
  /** SHA-256 of the address in small letters, in hexadecimal. */
  digest: string;
  /** The campaign that had the link. */
  campaignId: string;
}

/** Makes and knows the links by which people unsubscribe. They do not run out and hold no address. */
export interface UnsubscribeLinks {
  /** Where a mail program posts to, and where a person goes. */
  of(unsubscription: Unsubscription): Promise<{ oneClick: string; page: string }>;
  /** What a token means; null when it is not one of ours. */
  read(token: string): Promise<Unsubscription | null>;
}

/**
 * @param address of the function email-unsubscribe, as people reach it.
 * @param page where people see what they unsubscribe from; the function itself unless given.
 */
export function unsubscribeLinks(
  address: string,
  secret: string,
  page = address,
): UnsubscribeLinks {
  // The purpose is signed too: a token of something else is no token here.
  const signed = (name: string) => `email-unsubscribe:${name}`;
  const withToken = (base: string, token: string) => {
    const url = new URL(base);
    url.searchParams.set("token", token);
    return url.href;
  };
  return {
    async of({ product, digest, campaignId }) {
      const name = `${product}.${campaignId}.${digest}`;
      const token = `${name}.${await hmacOf(secret, signed(name))}`;
      return { oneClick: withToken(address, token), page: withToken(page, token) };
    },
    async read(token) {
      const [product = "", campaignId = "", digest = "", mark = "", ...more] = token.split(".");
      const name = `${product}.${campaignId}.${digest}`;
      if (more.length > 0 || !await isHmacOf(secret, signed(name), mark)) return null;
      return { product, campaignId, digest };
    },
  };
}

/**
 * The links of MAIL_LINK_SECRET; people are led to UNSUBSCRIBE_PAGE_URL where it is set.
 *
 * @throws Error when MAIL_LINK_SECRET is missing or has fewer than 32 characters.
 */
export function unsubscribeLinksFromEnv(
  read: ReadEnv = (name) => Deno.env.get(name),
): UnsubscribeLinks {
  const secret = read("MAIL_LINK_SECRET") ?? "";
  if (secret.length < 32) throw new Error("MAIL_LINK_SECRET needs 32 characters or more.");
  const address = `${functionsUrl(read)}/email-unsubscribe`;
  return unsubscribeLinks(address, secret, read("UNSUBSCRIBE_PAGE_URL") || address);
}
