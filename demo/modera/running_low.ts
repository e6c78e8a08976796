import assert from "node:assert/strict";
import { done, Guest } from "../guest.ts";
import { buy, mailAbout, saveCard } from "../paying.ts";
import { until } from "../until.ts";
import type { Cast } from "./scenario.ts";

const product = "modera";

/** Kim, who does not want to think of credits, and then does. */
export async function runningLow({ step, platform, sql }: Cast): Promise<void> {
  const kim = await Guest.signUp(platform, "modera", "kim");
  const { autoTopUp } = kim.tessera;
  await buy(kim, "basic", "USD");
  await step("Kim saves a card", async () => {
    const saved = await saveCard(kim, "USD");
    return [undefined, `at Stripe, on ${saved.slice(0, 10)}; nothing of it here`];
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
    return [undefined, await mailAbout(platform, kim, /left/)];
  });
}
