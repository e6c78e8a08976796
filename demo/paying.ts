import assert from "node:assert/strict";
import type { Platform } from "../packages/platform/mod.ts";
import { done, type Guest } from "./guest.ts";
import { until } from "./until.ts";

/** Pays a page of the emulated Stripe, as people do in a browser. */
export async function payPage(url: string | null): Promise<void> {
  const page = await fetch(`${url}/complete`, { method: "POST", redirect: "manual" });
  await page.body?.cancel();
  assert.ok(page.status < 400, `${url} answered ${page.status}`);
}

/** Buys an offer and waits for its credits. */
export async function buy(guest: Guest, offer: string, currency: string) {
  const before = await guest.credits();
  const { product } = guest;
  const invoice = done(await guest.tessera.checkout({ product, offer, currency }));
  await payPage(invoice.url);
  await until("the grant", () => guest.credits(), (credits) => credits > before);
  return invoice;
}

/** Saves a card for automatic top-ups, and returns when that was. */
export async function saveCard({ product, tessera }: Guest, currency: string): Promise<string> {
  const { url } = done(await tessera.autoTopUp.saveCard({ product, currency }));
  await payPage(url);
  const { payment_method_saved_at } = await until(
    "the card",
    async () => done(await tessera.autoTopUp.read({ product })),
    (setting) => setting.payment_method_saved_at !== null,
  );
  return payment_method_saved_at ?? "";
}

/** The subject of the newest mail to somebody, once it is about `what`. */
export async function mailAbout(
  { mail_url }: Platform,
  { email }: Guest,
  what: RegExp,
): Promise<string> {
  const found = await until(
    `a mail about ${what}`,
    async () => {
      const { data } = await (await fetch(`${mail_url}/emails`)).json() as {
        data: { to: string | string[]; subject: string }[];
      };
      return data.filter(({ to }) => [to].flat().includes(email)).map(({ subject }) => subject);
    },
    (subjects) => subjects.some((subject) => what.test(subject)),
  );
  return found.find((subject) => what.test(subject)) ?? "";
}
