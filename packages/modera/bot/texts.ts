import type { Reader } from "../../notices/reader.ts";
import { english } from "./texts_en.ts";
import { russian } from "./texts_ru.ts";

/** All that the bot says, in one language. The compiler holds every language to every text. */
export interface Texts {
  /** For numbers, money and dates. */
  reader: Reader;
  hello(name: string): string;
  help(costs: Costs): string;
  commands: Record<CommandName, string>;
  credits(count: number): string;
  balance(available: number): string;
  onHold(pending: number): string;
  expiring(credits: string, date: string): string;
  buy: string;
  offer(credits: string, price: string): string;
  starsPrice(amount: number): string;
  cardsUnavailable: string;
  invoiceTitle(credits: string): string;
  consentButton: string;
  consentGiven: string;
  sendPerson: string;
  sendGarment: string;
  sendPortrait: string;
  photoNotExpected: string;
  requestExpired: string;
  photosThere: string;
  photosPlease: string;
  photoTooLarge(megabytes: number): string;
  photoUnreadable: string;
  onlyPhotos: string;
  started: Record<RequestType, string>;
  notEnough(required: string, available: string): string;
  buyButton: string;
  againButton: string;
  cancelled: string;
  nothingToCancel: string;
  notUnderstood: string;
  accountClosed: string;
  wentWrong: string;
  paymentClosed: string;
  paymentUnclear: string;
  paymentNotYours: string;
  paymentReturned: string;
}

/** What can be asked for by sending photos. */
export type RequestType = "tryon" | "styling";

/** What requests cost, in credits; what is not offered has no price. */
export type Costs = Partial<Record<RequestType, number>>;

/** The commands of the bot, in the order of its menu. */
export const commandNames = [
  "tryon",
  "style",
  "balance",
  "buy",
  "cancel",
  "help",
  "start",
] as const;

/** A command of the bot, without its slash. */
export type CommandName = typeof commandNames[number];

/** The bot's words for a person. @param languageCode of their profile; what nobody writes here is English. */
export function textsFor(languageCode: string): Texts {
  return isRussian(languageCode) ? russian : english;
}

/** Whether somebody reads Russian, and pays in roubles. */
export function isRussian(languageCode: string): boolean {
  return /^ru\b/i.test(languageCode);
}
