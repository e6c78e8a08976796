import { sign } from "@telegram-apps/init-data-node/web";

/** The token of the bot that the platform's functions have. */
export const botToken = "100:local";

/** A Telegram account that no other test uses. */
export interface TelegramUser {
  id: number;
  first_name: string;
  username: string;
  language_code: string;
}

/** A new Telegram account. Their ids have up to 52 bits. */
export function newTelegramUser(language_code = "en"): TelegramUser {
  const id = 1_000_000_000 + Math.floor(Math.random() * 2 ** 42);
  return { id, first_name: "Robin", username: `u${id}`, language_code };
}

/** What Telegram gives the Mini App that `user` opens, signed `secondsAgo` by the bot of `token`. */
export function initDataOf(
  user: TelegramUser,
  { secondsAgo = 0, token = botToken }: { secondsAgo?: number; token?: string } = {},
): Promise<string> {
  const query_id = crypto.randomUUID();
  return Promise.resolve(
    sign({ user: { ...user }, query_id }, token, new Date(Date.now() - secondsAgo * 1000)),
  );
}
