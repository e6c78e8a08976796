import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { parseJson } from "../../http/body.ts";
import { problem } from "../../http/problem.ts";
import { type Route, route } from "../../http/route.ts";
import { validated } from "../../http/validate.ts";
import { partnerCode } from "./partner_routes.ts";

const report = {
  recommendation_id: z.uuid().describe("What the click's parameter said"),
  order_id: z.string().trim().min(1).max(255),
  occurred_at: z.iso.datetime({ offset: true }),
};

const purchase = z.strictObject({
  type: z.literal("purchase"),
  ...report,
  amount: z.int().describe("What was paid for the product, in minor units"),
  currency: z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD."),
});

const reversal = z.strictObject({
  type: z.literal("reversal"),
  ...report,
  reason: z.string().trim().max(500).optional(),
});

const postback = z.discriminatedUnion("type", [purchase, reversal]);

const booked = z.object({
  commission_id: z.uuid(),
  status: z.enum(["pending", "reversed"]),
  amount: z.int().describe("Our commission, in minor units"),
  currency: z.string(),
  rate: z.number(),
  clears_at: z.string(),
});

/**
 * `POST /?partner=…`: a partner reports that a recommended product was bought or given back, signed
 * with its own secret as Standard Webhooks says (https://www.standardwebhooks.com: HMAC-SHA-256 over
 * id, timestamp and raw body, five minutes' tolerance, compared in constant time). What cannot be
 * applied is refused by name and leaves nothing behind, so that it can be sent again.
 */
export const postbackRoute: Route = route({
  method: "POST",
  path: "/",
  auth: "signature",
  summary: "A partner's word on a purchase or its reversal, signed.",
  maxBodyBytes: 16 * 1024,
  query: z.strictObject({ partner: partnerCode }),
  answers: { 200: booked },
  async handle({ request, rawBody, query: { partner }, service, log }) {
    const secrets = readAnswer(
      z.array(z.string()),
      await service.rpc("modera", "partner_secrets", { code: partner }),
    );
    const id = signedBy(secrets, request.headers, rawBody);
    const payload = parseJson(rawBody);
    const effect = validated(postback, payload);
    const answer = await service.rpc("modera", "apply_postback", {
      code: partner,
      event_id: id,
      effect: { ...effect },
      payload: { ...effect },
    });
    const commission = readAnswer(booked, answer);
    log.info("postback", { partner, type: effect.type, commission_id: commission.commission_id });
    return { status: 200, body: commission };
  },
});

/**
 * The message's id, when one of the secrets signed it. A partner without a secret, and one that does
 * not exist, are told the same as a wrong signature.
 */
function signedBy(secrets: string[], headers: Headers, rawBody: Uint8Array): string {
  const text = new TextDecoder().decode(rawBody);
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(text, Object.fromEntries(headers));
      const id = headers.get("webhook-id") ?? "";
      if (id.length <= 200) return id;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError || error instanceof SyntaxError)) throw error;
    }
  }
  throw problem("invalid_signature", "The message is not signed by this partner, or too old.");
}
