import type { Telegram } from "../../telegram/client.ts";

/** A button below a message: opens an address, or tells the bot something. */
export type Button = { text: string; url: string } | { text: string; data: string };

/** What the bot says: plain text, because what people are called must not become markup. */
export interface Reply {
  text: string;
  /** Rows of buttons. */
  buttons?: Button[][];
}

/** Says something in a chat. */
export async function say(
  { api }: Pick<Telegram, "api">,
  chatId: number,
  { text, buttons = [] }: Reply,
): Promise<void> {
  const inline_keyboard = buttons.filter((row) => row.length > 0).map((row) => row.map(inline));
  await api.sendMessage(chatId, text, {
    link_preview_options: { is_disabled: true },
    ...(inline_keyboard.length > 0 ? { reply_markup: { inline_keyboard } } : {}),
  });
}

function inline(button: Button) {
  return "url" in button
    ? { text: button.text, url: button.url }
    : { text: button.text, callback_data: button.data };
}
