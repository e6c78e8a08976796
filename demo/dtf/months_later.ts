import assert from "node:assert/strict";
import { done } from "../guest.ts";
import { until } from "../until.ts";
import type { Cast } from "./scenario.ts";

const product = "dtf";

/** A higher plan at once, a renewal, a lower plan when its month is over. Credits last as long as their plan says. */
export async function monthsLater(cast: Cast): Promise<void> {
  const { step, alex: { tessera: { subscription } } } = cast;
  await step("A higher plan, at once", async () => {
    const { subscription: now } = done(await subscription.change({ product, plan: "starter" }));
    return [undefined, `${now?.plan}, for the difference; ${await grantsOf(cast)}`];
  });
  await step("The month is over: Starter renews", async () => [
    undefined,
    await aMonthPasses(cast),
  ]);
  await step("A lower plan, when the month is over", async () => {
    const { subscription: now } = done(await subscription.change({ product, plan: "basic" }));
    assert.deepEqual([now?.plan, now?.next_plan], ["starter", "basic"]);
    return [undefined, `${now?.plan} until ${now?.current_period_end?.slice(0, 10)}, then Basic`];
  });
  await step("The month is over: Basic again", async () => {
    const grants = await aMonthPasses(cast);
    const { plan } = done(await subscription.read({ product }));
    assert.equal(plan, "basic");
    return [undefined, grants];
  });
}

/** Lets a month pass, here and at Stripe; then what there is to spend. */
async function aMonthPasses(cast: Cast): Promise<string> {
  const { alex: { tessera }, platform } = cast;
  const endOf = async () =>
    done(await tessera.subscription.read({ product })).subscription?.current_period_end ?? "";
  const before = await endOf();
  // The emulated Stripe tells what it has done in its own time.
  const renewed = await fetch(
    `${platform.stripe_url}/_emulator/subscriptions/${await nameOf(cast)}/renew`,
    { method: "POST", body: "{}" },
  );
  await renewed.body?.cancel();
  await until("the renewal", endOf, (end) => end > before);
  await platform.advanceClock({ days: 32 });
  return await grantsOf(cast);
}

/** What Stripe calls Alex's subscription. */
async function nameOf({ alex, sql }: Cast): Promise<string> {
  const [row] = await sql`
    select provider_subscription_id as name from billing.subscriptions where holder = ${alex.id} and ended_at is null`;
  return row?.["name"];
}

/** Credits that can be spent, and until when. */
async function grantsOf({ alex }: Cast): Promise<string> {
  const { balance, grants } = done(await alex.tessera.creditBalance({ product }));
  const lots = grants.map(({ remaining, expires_at }) =>
    `${remaining} ${expires_at ? `until ${expires_at.slice(0, 10)}` : "for ever"}`
  );
  return `${balance.available} credits: ${lots.join(", ")}`;
}
