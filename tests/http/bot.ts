import { FakeBotApi } from "../../packages/telegram/fake_bot_api.ts";
import type { BotCall } from "../../packages/telegram/fake_bot_api.ts";
import { callJson, platformDatabase, telegramIs } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { pixel } from "./fitting_room.ts";
import { botToken, newTelegramUser, type TelegramUser } from "./telegram.ts";

/** The secret that the platform's webhook has. */
export const webhookSecret = "local";

/** Ids of updates and messages grow, over all tests of a platform. */
let lastId = Math.floor(Date.now() / 10);

/** Telegram as the functions see it: what people do is posted to the webhook, what the bot does is kept. */
export class Telegram implements AsyncDisposable {
  readonly api = new FakeBotApi(botToken);

  /** Opens it; the functions take it for Telegram. */
  static async open(): Promise<Telegram> {
    const telegram = new Telegram();
    await telegramIs(telegram.api.url);
    return telegram;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await telegramIs(null);
    await this.api[Symbol.asyncDispose]();
  }

  /** Posts an update, as Telegram does. */
  post(update: Record<string, unknown>, secret = webhookSecret) {
    return callJson<{ duplicate?: boolean; code?: string }>("telegram-webhook", {
      body: update,
      headers: { "x-telegram-bot-api-secret-token": secret },
    });
  }

  /** Somebody writes to the bot. */
  says(user: TelegramUser, text: string) {
    return this.post(update("message", messageOf(user, { text })));
  }

  /** Somebody sends a photo, of which Telegram makes several sizes. */
  sendsPhoto(user: TelegramUser, more: Record<string, unknown> = {}, bytes: Uint8Array = pixel) {
    return this.post(this.photo(user, more, bytes));
  }

  /** The update of a photo that somebody sends. */
  photo(user: TelegramUser, more: Record<string, unknown> = {}, bytes: Uint8Array = pixel) {
    const file_id = crypto.randomUUID();
    this.api.files.set(file_id, bytes);
    const size = { file_id, file_unique_id: file_id, width: 800, height: 600 };
    const photo = [
      { ...size, file_id: "small", width: 90, height: 60 },
      { ...size, file_size: bytes.length },
    ];
    return update("message", messageOf(user, { photo, ...more }));
  }

  /** Somebody presses a button below a message of the bot. */
  taps(user: TelegramUser, data: string) {
    const message = messageOf(user, { text: "…" });
    return this.post(update("callback_query", { id: `${++lastId}`, from: user, message, data }));
  }

  /** Waits until the bot has said `count` things to somebody. */
  heard(user: TelegramUser, count: number): Promise<BotCall[]> {
    return eventually(
      () => Promise.resolve(this.api.sentTo(user.id)),
      (sent) => sent.length >= count,
    );
  }

  /** What the bot answers to what somebody does. */
  async answerTo(user: TelegramUser, act: () => Promise<unknown>): Promise<BotCall> {
    const before = this.api.sentTo(user.id).length;
    await act();
    const sent = await this.heard(user, before + 1);
    return sent[before]!;
  }
}

/** A new update. */
export function update(type: string, content: unknown): Record<string, unknown> {
  return { update_id: ++lastId, [type]: content };
}

/** A message in somebody's own chat with the bot. */
export function messageOf(user: TelegramUser, content: Record<string, unknown>) {
  return {
    message_id: ++lastId,
    date: Math.floor(Date.now() / 1000),
    from: { ...user, is_bot: false },
    chat: { id: user.id, type: "private", first_name: user.first_name },
    ...content,
  };
}

/** What a call of the bot says. */
export const textOf = ({ payload }: BotCall) => String(payload["text"] ?? payload["caption"] ?? "");

/** The buttons below it. */
export function buttonsOf(
  { payload }: BotCall,
): { text: string; url?: string; callback_data?: string }[] {
  const markup = payload["reply_markup"] as { inline_keyboard?: never[][] } | undefined;
  return markup?.inline_keyboard?.flat() ?? [];
}

/** Whose a Telegram account is. */
export async function userOf(user: TelegramUser): Promise<{ id: string; language_code: string }> {
  const sql = platformDatabase();
  try {
    const [row] = await sql<{ id: string; language_code: string }[]>`
      select auth_user_id as id, language_code from modera.profiles where telegram_id = ${user.id}`;
    if (!row) throw new Error(`${user.id} is nobody's`);
    return row;
  } finally {
    await sql.end();
  }
}

/** Gives somebody credits. */
export async function giveCredits(user: TelegramUser, credits: number): Promise<void> {
  const { id } = await userOf(user);
  const sql = platformDatabase();
  await sql`select ledger.grant_credits('modera', ${id}, ${credits}, ${crypto.randomUUID()})`;
  await sql.end();
}

/** Somebody who began with the bot, has credits, and agreed to the use of their photos. */
export async function readyInChat(
  telegram: Telegram,
  credits = 50,
  language = "en",
): Promise<TelegramUser> {
  const user = newTelegramUser(language);
  await telegram.answerTo(user, () => telegram.says(user, "/start"));
  if (credits > 0) await giveCredits(user, credits);
  const { id } = await userOf(user);
  const sql = platformDatabase();
  await sql`select modera.record_consent(${id}, true, 'telegram')`;
  await sql.end();
  return user;
}

/** What became of an update. */
export async function updateState(updateId: number): Promise<string | undefined> {
  const sql = platformDatabase();
  try {
    const [row] = await sql<{ state: string }[]>`
      select state from events.inbox where provider = 'telegram' and event_id = ${
      String(updateId)
    }`;
    return row?.state;
  } finally {
    await sql.end();
  }
}
