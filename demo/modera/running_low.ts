import assert from "node:assert/strict";
import { until } from "../until.ts";
import { buy, mailAbout } from "./buying.ts";
import { done, Guest } from "./guest.ts";
import type { Cast } from "./scenario.ts";

const product = "modera";

/** Kim, who does not want to think of credits, and then does. */
export async function runningLow(cast: Cast): Promise<void> {
  const { step, platform, sql } = cast;
  const kim = await Guest.signUp(platform, "kim");
  const { autoTopUp } = kim.tessera;
  await buy(kim, "basic", "USD");
  await step("Kim saves a card", async () => {
    const { url } = done(await autoTopUp.saveCard({ product, currency: "USD" }));
    const page = await fetch(`${url}/complete`, { method: "POST", redirect: "manual" });
    await page.body?.cancel();
    const { payment_method_saved_at } = await until(
      "the card",
      async () => done(await autoTopUp.read({ product })),
      (setting) => setting.payment_method_saved_at !== null,
    );
    return [
      undefined,
      `at Stripe, on ${payment_method_saved_at?.slice(0, 10)}; nothing of it here`,
    ];
  });
  await step("Below 40 credits, buy a pack by itself", async () => {
    const terms = { offer: "basic", currency: "USD", threshold: 40, cap: 1500 };
    done(await autoTopUp.set({ product, enabled: true, ...terms }));
    await sql`select ledger.debit('modera', ${kim.id}, 15, 'demo-1', 'demo')`;
    const credits = await until("the top-up", () => kim.credits(), (now) => now > 40);
    const { spent, attempt } = done(await autoTopUp.read({ product }));
    assert.equal(attempt?.state, "succeeded");
    return [undefined, `${attempt.number}: ${(spent ?? 0) / 100} USD, ${credits} credits`];
  });
  await step("Without it, a word when credits run low", async () => {
    done(await autoTopUp.set({ product, enabled: false }));
    await sql`select ledger.debit('modera', ${kim.id}, 80, 'demo-2', 'demo')`;
    return [undefined, await mailAbout(cast, kim.email, /left/)];
  });
}
