import type { Update } from "grammy/types";
import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Json } from "../../database/types.ts";
import { problem } from "../../http/problem.ts";
import { type Route, route } from "../../http/route.ts";
import { isUnreachable, type Telegram } from "../../telegram/client.ts";
import { isSecret } from "../../telegram/webhook_secret.ts";
import { chatOf } from "./incoming.ts";
import { answerPreCheckout } from "./payments.ts";

const updateShape = z.custom<Update>((value) =>
  z.object({ update_id: z.int() }).safeParse(value).success
);

const accepted = z.object({ received: z.literal(true), duplicate: z.boolean() });

/** Telegram's updates are small; a large one still has its place. */
const maxUpdateBytes = 1024 * 1024;

/**
 * `POST /`: Telegram tells what people do in the bot's chats. 200 once an update is recorded, with the job that answers it;
 * a fault that may pass is a 5xx, so that Telegram sends it again. Only the question whether an invoice may be paid is
 * answered at once: Telegram waits ten seconds for that.
 *
 * @param secret what `setWebhook` was given as `secret_token`.
 */
export function telegramWebhookRoute(secret: string, telegram: () => Telegram): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "signature",
    summary: "Telegram's updates of the bot, with the webhook's secret.",
    maxBodyBytes: maxUpdateBytes,
    answers: { 200: accepted },
    async handle({ request, rawBody, service, log }) {
      const given = request.headers.get("x-telegram-bot-api-secret-token") ?? "";
      if (!await isSecret(given, secret)) {
        throw problem("unauthorized", "This is not the webhook's secret.");
      }
      const { update, json } = read(rawBody);
      const type = Object.keys(update).find((name) => name !== "update_id") ?? "none";
      if (update.pre_checkout_query) {
        const query = update.pre_checkout_query;
        // What Telegram refuses is a question that has run out: there is nobody left to answer.
        const verdict = await answerPreCheckout(telegram(), service, query).catch((error) => {
          if (isUnreachable(error)) return "unreachable";
          throw error;
        });
        log.info("pre_checkout", { verdict });
        return { status: 200, body: { received: true, duplicate: false } };
      }
      const answer = await service.rpc("modera", "receive_telegram", {
        update_id: update.update_id,
        update_type: type,
        chat_id: chatOf(update),
        update: json,
      });
      const { duplicate } = readAnswer(z.object({ duplicate: z.boolean() }), answer);
      log.info("telegram_update", { update_id: update.update_id, type, duplicate });
      return { status: 200, body: { received: true, duplicate } };
    },
  });
}

/** Text may hold characters that Postgres does not store; what somebody wrote around them still counts. */
function read(body: Uint8Array): { update: Update; json: Json } {
  try {
    const json: Json = JSON.parse(
      new TextDecoder().decode(body),
      (_key, value) =>
        typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value,
    );
    return { update: updateShape.parse(json), json };
  } catch (cause) {
    throw problem("invalid_request", "This is not an update of the Bot API.", {
      status: 400,
      cause,
    });
  }
}
