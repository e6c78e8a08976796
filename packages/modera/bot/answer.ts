import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { Problem } from "../../http/problem.ts";
import { attachTelegram, telegramUser } from "../telegram_account.ts";
import type { Chat, Turn } from "./bot.ts";
import { buyReply, offerOfButton, sendStarsInvoice } from "./buying.ts";
import { balanceReply, helloReply, helpReply } from "./credits.ts";
import type { Incoming, Sender } from "./incoming.ts";
import { recordPayment, recordRefund } from "./payments.ts";
import {
  againButton,
  againReply,
  buyButton,
  cancelReply,
  consentButton,
  consentReply,
  elseReply,
  photoReply,
  requestReply,
} from "./photos.ts";
import { type Reply, say } from "./reply.ts";
import { textsFor } from "./texts.ts";

/** What became of an update: it was answered, or means nothing to us. */
export type Outcome = "applied" | "ignored";

/** Does what an update asks for, and says so in its chat. Doing it again changes nothing more. */
export async function answer(turn: Turn, incoming: Incoming): Promise<Outcome> {
  if (incoming.kind === "nothing") return "ignored";
  const { sender } = incoming;
  const telegramId = sender.person.telegram_id;
  if (incoming.kind === "membership") {
    const { blocked } = incoming;
    await turn.service.rpc("modera", "telegram_blocked", { telegram_id: telegramId, blocked });
    return "applied";
  }
  if (incoming.kind === "payment") {
    const verdict = await recordPayment(turn.service, telegramId, incoming.payment);
    turn.log.info("stars_paid", { charge_id: incoming.payment.chargeId, ...verdict });
    return "applied";
  }
  if (incoming.kind === "refund") {
    await recordRefund(turn.service, incoming.payment);
    return "applied";
  }
  if (!await mayAsk(turn, telegramId)) return "ignored";
  const reply = await replyOrRefusal(turn, incoming);
  if (reply) await say(turn.bot.telegram, sender.chatId, reply);
  return "applied";
}

const limitShape = z.object({ allowed: z.boolean() });

/** Whom nobody could keep up with is not answered: half a message a second, an album or a hurry at once. */
async function mayAsk({ service, log }: Turn, telegramId: number): Promise<boolean> {
  const limit = { bucket: `telegram:${telegramId}`, capacity: 30, per_seconds: 60, cost: 1 };
  const { allowed } = readAnswer(limitShape, await service.rpc("api", "take_limit", limit));
  if (!allowed) log.warn("telegram_flood");
  return allowed;
}

type Asking = Extract<Incoming, { kind: "command" | "photo" | "text" | "other" | "button" }>;

/** What the person did wrong they are told; what we cannot do now is thrown, and tried again. */
async function replyOrRefusal(turn: Turn, incoming: Asking): Promise<Reply | null> {
  try {
    return await replyTo(turn, await chatOf(turn, incoming.sender), incoming);
  } catch (error) {
    const texts = textsFor(incoming.sender.person.language_code ?? "en");
    if (error instanceof Problem && error.code === "forbidden") {
      return { text: texts.accountClosed };
    }
    throw error;
  }
}

async function chatOf(turn: Turn, { person, chatId }: Sender): Promise<Chat> {
  const { service, bot } = turn;
  const user = await telegramUser(service, bot.accounts, person.telegram_id, null);
  const account = await attachTelegram(service, user.user_id, person, null);
  return {
    chatId,
    telegramId: person.telegram_id,
    userId: account.user_id,
    languageCode: account.language_code,
    firstName: person.first_name ?? "",
    texts: textsFor(account.language_code),
  };
}

async function replyTo(turn: Turn, chat: Chat, incoming: Asking): Promise<Reply | null> {
  switch (incoming.kind) {
    case "command":
      return await commandReply(turn, chat, incoming.name);
    case "photo":
      if (incoming.command !== null) await commandReply(turn, chat, incoming.command);
      return await photoReply(turn, chat, incoming.photo);
    case "button":
      // The button stops spinning; a query that is too old to be answered is no reason not to do what it asks.
      await turn.bot.telegram.api.answerCallbackQuery(incoming.queryId).catch((error) =>
        turn.log.info("button_not_answered", { error })
      );
      return await buttonReply(turn, chat, incoming.data);
    case "text":
    case "other":
      return await elseReply(turn, chat);
  }
}

async function commandReply(turn: Turn, chat: Chat, name: string): Promise<Reply> {
  switch (name) {
    case "start":
      return await helloReply(turn, chat);
    case "help":
      return await helpReply(turn, chat);
    case "balance":
      return await balanceReply(turn, chat);
    case "buy":
      return await buyReply(turn, chat);
    case "tryon":
      return await requestReply(turn, chat, "tryon");
    case "style":
      return await requestReply(turn, chat, "styling");
    case "cancel":
      return await cancelReply(turn, chat);
    default:
      return { text: chat.texts.notUnderstood };
  }
}

async function buttonReply(turn: Turn, chat: Chat, data: string): Promise<Reply | null> {
  const offer = offerOfButton(data);
  if (offer !== null) {
    await sendStarsInvoice(turn, chat, offer);
    return null;
  }
  switch (data) {
    case buyButton:
      return await buyReply(turn, chat);
    case againButton:
      return await againReply(turn, chat);
    case consentButton:
      return await consentReply(turn, chat);
    default:
      return { text: chat.texts.notUnderstood };
  }
}
