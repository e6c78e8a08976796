import assert from "node:assert/strict";
import { done } from "../guest.ts";
import { mailAbout, saveCard } from "../paying.ts";
import { printStatement } from "../proof.ts";
import { until } from "../until.ts";
import { uploadPicture } from "./picture.ts";
import type { Cast } from "./scenario.ts";

const product = "dtf";

/** Nothing is left, until packs are bought by themselves. */
export async function runningOut(cast: Cast): Promise<void> {
  const { step, alex, platform, root, sql } = cast;
  const { autoTopUp, operations } = alex.tessera;
  await step("A word when credits run low", async () => {
    await sql`select ledger.debit('dtf', ${alex.id}, ${await alex.credits()}, 'demo-1', 'upscale')`;
    return [undefined, await mailAbout(platform, alex, /left/)];
  });
  await step("Without credits nothing is begun", async () => {
    const { image_id } = await uploadPicture(alex, `${root}/demo/badge.png`);
    const { error } = await operations.removeBackground.start({ image_id });
    assert.equal(error?.code, "insufficient_credits");
    return [undefined, `${error?.status} ${error?.code}`];
  });
  await step("Below five, a pack by itself", async () => {
    await saveCard(alex, "USD");
    const terms = { offer: "pack-10", currency: "USD", threshold: 5, cap: 1600 };
    done(await autoTopUp.set({ product, enabled: true, ...terms }));
    const credits = await until("the top-up", () => alex.credits(), (now) => now > 5);
    const { attempt } = done(await autoTopUp.read({ product }));
    assert.equal(attempt?.state, "succeeded");
    return [undefined, `${attempt.number}: ${credits} credits`];
  });
  const { entries } = done(await alex.tessera.creditBalance({ product, page_size: 50 }));
  printStatement(cast, entries);
}
