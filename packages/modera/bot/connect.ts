import type { BotCommand } from "grammy/types";
import type { Telegram } from "../../telegram/client.ts";
import { commandNames, type Texts } from "./texts.ts";
import { english } from "./texts_en.ts";
import { russian } from "./texts_ru.ts";

/** Kinds of updates that mean something to the bot; Telegram need not send others. */
const wanted = ["message", "callback_query", "my_chat_member", "pre_checkout_query"] as const;

/**
 * Tells Telegram where the bot's webhook is, with its secret, and what its commands are. Safe to repeat.
 *
 * @param url of the function `telegram-webhook`.
 */
export async function connectBot({ api }: Telegram, url: string, secret: string): Promise<void> {
  await api.setWebhook(url, { secret_token: secret, allowed_updates: [...wanted] });
  await api.setMyCommands(commandsOf(english));
  await api.setMyCommands(commandsOf(russian), { language_code: "ru" });
}

const commandsOf = ({ commands }: Texts): BotCommand[] =>
  commandNames.map((command) => ({ command, description: commands[command] }));
