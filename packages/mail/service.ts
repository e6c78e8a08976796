import { z } from "zod";
import type { ReadEnv } from "../database/from_env.ts";
import type { Rendered } from "./template.ts";

/** How to reach a mail service that speaks Resend's HTTP API. */
export interface MailSettings {
  /** Base address. */
  apiUrl: string;
  apiKey: string;
  /** The sender of a product: `Name <address>`. */
  from(product: string): string;
}

/** A mail to one address. */
export interface Mail extends Rendered {
  product: string;
  to: string;
  headers?: Record<string, string>;
}

/** Sends mail. A repetition with the same key and the same mail sends nothing, for a day. */
export interface MailService {
  /**
   * Sends one mail and returns what the service calls it; null when the key was used for other
   * words, so that it was sent before.
   *
   * @throws MailRefused, MailNotTaken; after anything else the mail may have been sent.
   */
  send(mail: Mail, key: string, signal?: AbortSignal): Promise<string | null>;
  /** The same for up to 100 mails at once: all or none, in their order. */
  sendAll(mails: readonly Mail[], key: string, signal?: AbortSignal): Promise<string[] | null>;
}

/** The service never takes this mail: an address that is none, for one. Nothing was sent. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
}

/** The service does not take mail now. Nothing was sent; another attempt may succeed. */
export class MailNotTaken extends Error {
  override readonly name = "MailNotTaken";
}

const taken = z.object({ id: z.string() });
const allTaken = z.object({ data: z.array(taken) });
const refused = z.object({ name: z.string() });

/** Milliseconds that an answer may take: well within a batch's lease. */
const patience = 15_000;

/**
 * Resend's HTTP API: https://resend.com/docs/api-reference/emails/send-email,
 * https://resend.com/docs/api-reference/emails/send-batch-emails and, for keys,
 * https://resend.com/docs/dashboard/emails/idempotency-keys.
 */
export function resend(settings: MailSettings): MailService {
  const written = ({ product, to, ...rest }: Mail) => ({
    from: settings.from(product),
    to: [to],
    ...rest,
  });
  const post = async (path: string, body: unknown, key: string, signal?: AbortSignal) => {
    const limit = AbortSignal.timeout(patience);
    const answer = await fetch(new URL(path, withSlash(settings.apiUrl)), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${settings.apiKey}`,
        "idempotency-key": key,
      },
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const said: unknown = await answer.json().catch(() => null);
    if (answer.ok) return said;
    const name = refused.safeParse(said).data?.name ?? "";
    if (answer.status === 409 && name === "invalid_idempotent_request") return null;
    if (answer.status === 422) throw new MailRefused(`${answer.status} ${name}`);
    throw new MailNotTaken(`The mail service answered ${answer.status} ${name}.`);
  };
  return {
    async send(mail, key, signal) {
      const said = await post("emails", written(mail), key, signal);
      return said === null ? null : taken.parse(said).id;
    },
    async sendAll(mails, key, signal) {
      const said = await post("emails/batch", mails.map(written), key, signal);
      return said === null ? null : allTaken.parse(said).data.map(({ id }) => id);
    },
  };
}

/**
 * The mail service of RESEND_API_URL (Resend itself when it is not set), RESEND_API_KEY and MAIL_FROM
 * (or MAIL_FROM_<PRODUCT>); null when there is no key, and then nobody gets mail.
 *
 * @throws Error when there is a key and no sender.
 */
export function mailFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): MailService | null {
  const apiKey = read("RESEND_API_KEY");
  if (!apiKey) return null;
  const anySender = read("MAIL_FROM");
  if (!anySender) throw new Error("The environment lacks MAIL_FROM.");
  return resend({
    apiUrl: read("RESEND_API_URL") || "https://api.resend.com",
    apiKey,
    from: (product) => read(`MAIL_FROM_${product.toUpperCase()}`) || anySender,
  });
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
