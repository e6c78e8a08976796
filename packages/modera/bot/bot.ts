import type { AuthAccounts } from "../../auth/accounts.ts";
import type { Session } from "../../database/database.ts";
import type { Logger } from "../../http/log.ts";
import type { OpenPage } from "../../payments/open_checkout.ts";
import type { Storage } from "../../storage/storage.ts";
import type { Telegram } from "../../telegram/client.ts";
import type { RequestType, Texts } from "./texts.ts";

/** What the bot works with. */
export interface Bot {
  telegram: Telegram;
  accounts: AuthAccounts;
  storage: Storage;
  /** Where invoices are paid, by provider. */
  pages: Readonly<Record<string, OpenPage>>;
  /** Asked before a request of this type is started. @throws Problem `provider_unavailable` (503) when nobody would do it. */
  ensureReady(type: RequestType): Promise<void>;
}

/** One update on its way. */
export interface Turn {
  bot: Bot;
  /** The database as the service. */
  service: Session;
  log: Logger;
  updateId: number;
}

/** Whom the bot speaks to. */
export interface Chat {
  chatId: number;
  telegramId: number;
  userId: string;
  languageCode: string;
  firstName: string;
  texts: Texts;
}
