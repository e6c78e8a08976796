import assert from "node:assert/strict";
import { until } from "../until.ts";
import { done, type Guest } from "./guest.ts";
import type { Cast } from "./scenario.ts";

/** Pays an offer on the emulated Stripe's page, and waits for its credits. */
export async function buy(guest: Guest, offer: string, currency: string) {
  const before = await guest.credits();
  const invoice = done(await guest.tessera.checkout({ product: "modera", offer, currency }));
  const page = await fetch(`${invoice.url}/complete`, { method: "POST", redirect: "manual" });
  await page.body?.cancel();
  assert.ok(page.status < 400);
  await until("the grant", () => guest.credits(), (credits) => credits > before);
  return invoice;
}

/** The subject of the newest mail to an address, once it is about `what`. */
export async function mailAbout(
  { platform }: Cast,
  address: string,
  what: RegExp,
): Promise<string> {
  const found = await until(
    `a mail about ${what}`,
    async () => {
      const { data } = await (await fetch(`${platform.mail_url}/emails`)).json() as {
        data: { to: string | string[]; subject: string }[];
      };
      return data.filter(({ to }) => [to].flat().includes(address)).map(({ subject }) => subject);
    },
    (subjects) => subjects.some((subject) => what.test(subject)),
  );
  return found.find((subject) => what.test(subject)) ?? "";
}

/** Packs in dollars and roubles, with a receipt for each. */
export async function buying(cast: Cast): Promise<void> {
  const { step, robin } = cast;
  await step("The basic pack, in dollars", async () => {
    const invoice = await buy(robin, "basic", "USD");
    return [
      undefined,
      `${invoice.number}: ${invoice.amount / 100} USD, ${await robin.credits()} credits`,
    ];
  });
  await step("The premium pack, in roubles", async () => {
    const invoice = await buy(robin, "premium", "RUB");
    return [
      undefined,
      `${invoice.number}: ${invoice.amount / 100} RUB, ${await robin.credits()} credits`,
    ];
  });
  await step("A receipt by e-mail", async () => [
    undefined,
    await mailAbout(cast, robin.email, /receipt|INV-|payment/i),
  ]);
}
