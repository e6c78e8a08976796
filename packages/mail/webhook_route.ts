import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { ReadEnv } from "../database/from_env.ts";
import { parseJson } from "../http/body.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";

const event = z.object({
  type: z.string().max(100),
  created_at: z.iso.datetime({ offset: true }),
  data: z.object({
    email_id: z.string().min(1).max(200),
    bounce: z.object({ type: z.string().optional() }).optional(),
  }),
});

/** What an event makes of a message, by its type: https://resend.com/docs/webhooks/event-types. */
const states: Readonly<Record<string, string>> = {
  "email.delivered": "delivered",
  "email.opened": "opened",
  "email.clicked": "clicked",
  "email.bounced": "bounced",
  "email.suppressed": "bounced",
  "email.complained": "complained",
};

const received = z.object({
  outcome: z.enum(["applied", "deferred", "ignored", "repeated"]),
  reason: z.string().optional(),
});

/**
 * `POST /`: the mail service tells what became of a message, signed as Svix does
 * (https://docs.svix.com/receiving/verifying-payloads/how-manual: HMAC-SHA-256 over id, timestamp and
 * raw body, five minutes' tolerance, compared in constant time).
 *
 * @param secrets the endpoint's signing secrets, `whsec_…`: two while one replaces the other.
 */
export function mailWebhookRoute(secrets: () => readonly string[]): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "signature",
    summary: "The mail service's word on a message, signed.",
    answers: { 200: z.object({ received: z.literal(true), outcome: z.string() }) },
    async handle({ request, rawBody, service, log }) {
      const id = signedId(secrets(), request.headers, rawBody);
      const told = event.safeParse(parseJson(rawBody));
      // Signed, and not about a message: of a domain or a contact. Telling it again changes nothing.
      if (!told.success) return { status: 200, body: { received: true, outcome: "ignored" } };
      const { type, created_at, data } = told.data;
      const answer = await service.rpc("api", "receive_mail_event", {
        event_id: id,
        event_type: type,
        occurred_at: created_at,
        message_id: data.email_id,
        state: states[type] ?? null,
        permanent: (data.bounce?.type ?? "Permanent") === "Permanent",
      });
      const { outcome, reason } = readAnswer(received, answer);
      log.info("mail_event", { type, outcome, reason });
      return { status: 200, body: { received: true, outcome } };
    },
  });
}

/** RESEND_WEBHOOK_SECRET: one secret, or two with a space between. Without it nothing is believed. */
export function webhookSecretsFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): string[] {
  return (read("RESEND_WEBHOOK_SECRET") ?? "").split(/\s+/).filter(Boolean);
}

function signedId(secrets: readonly string[], headers: Headers, rawBody: Uint8Array): string {
  const id = headers.get("svix-id") ?? "";
  const text = new TextDecoder().decode(rawBody);
  const named = {
    "webhook-id": id,
    "webhook-timestamp": headers.get("svix-timestamp") ?? "",
    "webhook-signature": headers.get("svix-signature") ?? "",
  };
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(text, named);
      if (id.length <= 200) return id;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError || error instanceof SyntaxError)) throw error;
    }
  }
  throw problem("invalid_signature", "The message is not signed by the mail service, or too old.");
}
