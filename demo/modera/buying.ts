import { buy, mailAbout } from "../paying.ts";
import type { Cast } from "./scenario.ts";

/** Packs in dollars and roubles, with a receipt for each. */
export async function buying({ step, robin, platform }: Cast): Promise<void> {
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
    await mailAbout(platform, robin, /receipt|INV-|payment/i),
  ]);
}
