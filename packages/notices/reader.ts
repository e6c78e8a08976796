/** The languages that notices are written in. */
export type Language = "en" | "ru";

/** For whom a notice is written. */
export interface Reader {
  language: Language;
  /** IANA name; dates are shown in it. */
  timezone: string;
}

/** A reader by what their profile says; English for languages that nobody writes here. */
export function readerOf(languageCode: string, timezone: string): Reader {
  const language = languageCode.toLowerCase().split("-")[0] === "ru" ? "ru" : "en";
  return { language, timezone: isTimezone(timezone) ? timezone : "UTC" };
}

/** Telegram Stars, which ISO 4217 does not know: https://core.telegram.org/bots/payments-stars. */
const starsCode = "XTR";

/**
 * An amount of money for people, as their language writes it.
 *
 * @param amount minor units
 * @param currency ISO 4217 code, or XTR for Telegram Stars
 */
export function moneyText(amount: number, currency: string, { language }: Reader): string {
  if (currency === starsCode) {
    return `${new Intl.NumberFormat(language).format(amount)} Telegram Stars`;
  }
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(amount / 10 ** minorDigits(currency));
}

/** How many decimal digits a currency's minor unit is, by ISO 4217. */
export function minorDigits(currency: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat("en", { style: "currency", currency })
    .resolvedOptions();
  return maximumFractionDigits ?? 2;
}

/** A number of credits with its word: "1 credit", "50 кредитов". */
export function creditsText(credits: number, { language }: Reader): string {
  const words: Record<Language, Partial<Record<Intl.LDMLPluralRule, string>>> = {
    en: { one: "credit", other: "credits" },
    ru: { one: "кредит", few: "кредита", many: "кредитов", other: "кредита" },
  };
  const form = new Intl.PluralRules(language).select(credits);
  return `${new Intl.NumberFormat(language).format(credits)} ${words[language][form]}`;
}

/** A moment as a date for people. @param at ISO 8601 */
export function dateText(at: string, { language, timezone }: Reader): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: timezone })
    .format(new Date(at));
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
