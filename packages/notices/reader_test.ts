import assert from "node:assert/strict";
import { creditsText, dateText, minorDigits, moneyText, readerOf } from "./reader.ts";

const [en, ru] = [readerOf("en", "UTC"), readerOf("ru-RU", "Europe/Moscow")];
/** Intl writes no-break spaces. */
const plain = (text: string) => text.replace(/\s/g, " ");

Deno.test("money is written as the language does, in each currency's own units", () => {
  assert.equal(plain(moneyText(499, "USD", en)), "$4.99");
  assert.equal(plain(moneyText(29900, "RUB", ru)), "299,00 ₽");
  assert.equal(plain(moneyText(500, "JPY", en)), "¥500");
  assert.equal(plain(moneyText(1500, "KWD", en)), "KWD 1.500");
  assert.equal(plain(moneyText(1250, "XTR", ru)), "1 250 Telegram Stars");
});

Deno.test("credits have their word in each number", () => {
  const russian = [1, 2, 5, 11, 21, 1000].map((credits) => plain(creditsText(credits, ru)));
  assert.deepEqual(russian, [
    "1 кредит",
    "2 кредита",
    "5 кредитов",
    "11 кредитов",
    "21 кредит",
    "1 000 кредитов",
  ]);
  assert.deepEqual([1, 2].map((credits) => creditsText(credits, en)), ["1 credit", "2 credits"]);
});

Deno.test("dates are those of the reader's place", () => {
  assert.equal(dateText("2026-03-31T22:30:00Z", en), "March 31, 2026");
  assert.equal(plain(dateText("2026-03-31T22:30:00Z", ru)), "1 апреля 2026 г.");
});

Deno.test("an unknown language is English, an unknown place UTC", () => {
  assert.deepEqual(readerOf("de", "Mars/Base"), { language: "en", timezone: "UTC" });
});

Deno.test("minor units are those of ISO 4217", () => {
  assert.deepEqual(["USD", "JPY", "KWD", "HUF", "IDR"].map(minorDigits), [2, 0, 3, 2, 2]);
});
