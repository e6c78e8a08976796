import type { Message, PhotoSize, Update, User } from "grammy/types";
import type { TelegramPerson } from "../../telegram/init_data.ts";

/** Who wrote, and where to. */
export interface Sender {
  person: TelegramPerson;
  chatId: number;
}

/** A picture that somebody sent. */
export interface SentPhoto {
  fileId: string;
  messageId: number;
  /** Bytes, where Telegram says so. */
  size: number;
  album: string | null;
}

/** What an update means to the bot. */
export type Incoming =
  | { kind: "command"; sender: Sender; name: string }
  | { kind: "photo"; sender: Sender; photo: SentPhoto; command: string | null }
  | { kind: "text"; sender: Sender }
  /** Something that is neither text nor a picture: a voice, a sticker, a place, a file. */
  | { kind: "other"; sender: Sender }
  | { kind: "button"; sender: Sender; queryId: string; data: string }
  | { kind: "payment"; sender: Sender; payment: Payment }
  | { kind: "refund"; sender: Sender; payment: Payment }
  /** The person let the bot write to them, or no longer does. */
  | { kind: "membership"; sender: Sender; blocked: boolean }
  | { kind: "nothing" };

/** Stars that were paid or given back. */
export interface Payment {
  chargeId: string;
  /** Our id of the invoice. */
  payload: string;
  /** Stars. */
  amount: number;
  currency: string;
  /** When Telegram wrote the message, in seconds since 1970. */
  at: number;
}

/** Kinds of files that are pictures to us; what they hold is looked at when they are here. */
const pictureTypes = ["image/png", "image/jpeg", "image/webp"];

/**
 * Reads an update. Pure. The bot speaks to people in their own chats only: groups, channels, other bots and edits of old
 * messages mean nothing to it.
 */
export function incomingOf(update: Update): Incoming {
  const { message, callback_query: query, my_chat_member: member } = update;
  if (message) return ofMessage(message);
  if (query?.data !== undefined && query.message?.chat.type === "private" && !query.from.is_bot) {
    const sender = { person: personOf(query.from), chatId: query.message.chat.id };
    return { kind: "button", sender, queryId: query.id, data: query.data };
  }
  if (member?.chat.type === "private") {
    const sender = { person: personOf(member.from), chatId: member.chat.id };
    return { kind: "membership", sender, blocked: member.new_chat_member.status === "kicked" };
  }
  return { kind: "nothing" };
}

/** The chat that an update belongs to, by which updates are kept in order. */
export function chatOf(update: Update): number | null {
  const { message, callback_query: query, my_chat_member: member } = update;
  return message?.chat.id ?? query?.message?.chat.id ?? member?.chat.id ?? null;
}

function ofMessage(message: Message): Incoming {
  const { chat, from } = message;
  if (!from || from.is_bot) return { kind: "nothing" };
  const sender = { person: personOf(from), chatId: chat.id };
  const { successful_payment: paid, refunded_payment: refunded } = message;
  // Wherever it was paid: money is never overlooked.
  if (paid) return { kind: "payment", sender, payment: paymentOf(message, paid) };
  if (refunded) return { kind: "refund", sender, payment: paymentOf(message, refunded) };
  if (chat.type !== "private") return { kind: "nothing" };
  const command = commandOf(message.text ?? message.caption ?? "");
  const photo = photoOf(message);
  if (photo) return { kind: "photo", sender, photo, command };
  if (command !== null) return { kind: "command", sender, name: command };
  return message.text === undefined ? { kind: "other", sender } : { kind: "text", sender };
}

function personOf({ id, username, first_name, last_name, language_code }: User): TelegramPerson {
  return { telegram_id: id, username, first_name, last_name, language_code };
}

/** `/buy`, also as `/buy@the_bot` and with words after it. */
function commandOf(text: string): string | null {
  return /^\/([a-z_]{1,32})(?:@\w+)?(?:\s|$)/i.exec(text)?.[1]?.toLowerCase() ?? null;
}

function photoOf(message: Message): SentPhoto | null {
  const { photo, document, message_id: messageId, media_group_id: album = null } = message;
  const largest = photo?.reduce((one, other) => area(other) > area(one) ? other : one);
  if (largest) return { fileId: largest.file_id, messageId, size: largest.file_size ?? 0, album };
  if (!document || !pictureTypes.includes(document.mime_type ?? "")) return null;
  return { fileId: document.file_id, messageId, size: document.file_size ?? 0, album };
}

const area = ({ width, height }: PhotoSize) => width * height;

function paymentOf(
  message: Message,
  payment: {
    telegram_payment_charge_id: string;
    invoice_payload: string;
    total_amount: number;
    currency: string;
  },
): Payment {
  return {
    chargeId: payment.telegram_payment_charge_id,
    payload: payment.invoice_payload,
    amount: payment.total_amount,
    currency: payment.currency,
    at: message.date,
  };
}
