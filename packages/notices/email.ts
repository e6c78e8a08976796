import { z } from "zod";
import type { ReadEnv } from "../database/from_env.ts";
import { type Channel, NotSent, Unreachable } from "./channel.ts";
import { toHtml, toText } from "./message.ts";

/** How to reach a mail service that speaks Resend's HTTP API. */
export interface MailSettings {
  /** Base address. */
  apiUrl: string;
  apiKey: string;
  /** The sender: `Name <address>`. */
  from: string;
}

const accepted = z.object({ id: z.string() });
const refused = z.object({ name: z.string() });

/**
 * E-mail through Resend's HTTP API. The notice's key is its `Idempotency-Key`, so that an attempt
 * after a crash sends nothing twice.
 */
export function emailChannel(settings: MailSettings): Channel {
  return {
    name: "email",
    repeatable: true,
    async send({ to, message, reader, key, signal }) {
      const answer = await fetch(new URL("emails", withSlash(settings.apiUrl)), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${settings.apiKey}`,
          "idempotency-key": key,
        },
        body: JSON.stringify({
          from: settings.from,
          to: [to],
          subject: message.subject,
          html: toHtml(message, reader.language),
          text: toText(message),
        }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      });
      const body: unknown = await answer.json().catch(() => null);
      if (answer.ok) return accepted.parse(body).id;
      const name = refused.safeParse(body).data?.name ?? "";
      // The words were another time others (the person changed their language): it was sent then.
      if (answer.status === 409 && name === "invalid_idempotent_request") return "";
      if (answer.status === 422) throw new Unreachable(`${answer.status} ${name}`);
      throw new NotSent(`The mail service answered ${answer.status} ${name}.`);
    },
  };
}

/**
 * The mail service of RESEND_API_URL (Resend itself when it is not set), RESEND_API_KEY and MAIL_FROM;
 * null when there is no key, and then nobody gets mail.
 *
 * @throws Error when there is a key and no sender.
 */
export function emailFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Channel | null {
  const apiKey = read("RESEND_API_KEY");
  if (!apiKey) return null;
  const from = read("MAIL_FROM");
  if (!from) throw new Error("The environment lacks MAIL_FROM.");
  return emailChannel({ apiUrl: read("RESEND_API_URL") || "https://api.resend.com", apiKey, from });
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
