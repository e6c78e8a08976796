import assert from "node:assert/strict";
import { done } from "../guest.ts";
import { buy, mailAbout, payPage } from "../paying.ts";
import { until } from "../until.ts";
import { uploadPicture } from "./picture.ts";
import type { Cast } from "./scenario.ts";

/** Two credits to begin with, too few for much; a pack, and a plan. */
export async function subscribing({ step, alex, platform, root }: Cast): Promise<void> {
  const { tessera } = alex;
  await step("Whoever comes is given two credits", async () => {
    const { error } = await alex.supabase.schema("dtf").rpc("ensure_profile");
    assert.equal(error, null);
    assert.equal(await alex.credits(), 2);
    return [undefined, `2 credits; ${await mailAbout(platform, alex, /welcome/i)}`];
  });
  await step("Not enough for all steps: nothing starts", async () => {
    const { image_id } = await uploadPicture(alex, `${root}/demo/badge.png`);
    const { error } = await tessera.operations.upscale.start({
      image_id,
      then: [{ operation: "background_removal" }, { operation: "vectorize" }],
    });
    assert.deepEqual([error?.code, await alex.credits()], ["insufficient_credits", 2]);
    return [undefined, `${error?.status} ${error?.code}: 4 are needed`];
  });
  await step("A pack of ten", async () => {
    const { number, amount } = await buy(alex, "pack-10", "USD");
    const receipt = await mailAbout(platform, alex, new RegExp(number));
    return [undefined, `${receipt}: ${amount / 100} USD, ${await alex.credits()} credits`];
  });
  await step("The plan Basic, by the month", async () => {
    const { url } = done(await tessera.subscription.begin({ product: "dtf", plan: "basic" }));
    await payPage(url);
    const credits = await until("the plan's credits", () => alex.credits(), (have) => have > 12);
    assert.equal(credits, 32);
    return [undefined, `${credits} credits`];
  });
}
