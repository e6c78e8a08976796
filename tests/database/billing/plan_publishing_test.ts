import assert from "node:assert/strict";
import { PlanShop } from "./plans.ts";

interface Plan {
  plan: string;
  title: string;
  version: number;
  rolls_over_days: number;
  active: boolean;
  subscribers: number;
  prices: { price_id: string; amount: number; credits: number; retired_at: string | null }[];
}

async function scene() {
  const shop = await PlanShop.open();
  const keeper = await shop.kernel.user();
  await shop.sql`select private.appoint_admin(${keeper}, 'acme', 'test')`;
  const plans = () =>
    shop.kernel.call<Plan[]>("authenticated", keeper, "all_plans", { product: "acme" });
  const change = (
    expected_version: number,
    change: object,
    plan = "basic-plan",
    product = "acme",
  ) =>
    shop.kernel.call<Plan>("authenticated", keeper, "change_plan", {
      product,
      plan,
      expected_version,
      change: shop.sql.json(change as never),
    });
  const records = async () =>
    (await shop.sql`
      select action from audit.log where actor = ${keeper} order by id`).map((row) =>
      row["action"]
    );
  return {
    shop,
    plans,
    change,
    records,
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  };
}

Deno.test("F-26: an admin changes a plan by the version that they saw; a price is a version of its own", async () => {
  await using s = await scene();
  const [, basic] = await s.plans();
  assert.deepEqual([basic!.plan, basic!.version, basic!.rolls_over_days], ["basic-plan", 1, 0]);
  const price = { currency: "USD", amount: 1099, credits: 25 };
  const changed = await s.change(1, { title: "Basic+", rolls_over_days: 30, price });
  assert.deepEqual([changed.title, changed.version, changed.rolls_over_days], ["Basic+", 3, 30]);
  assert.deepEqual(changed.prices.map(({ amount, retired_at }) => [amount, retired_at !== null]), [
    [1099, false],
    [999, true],
  ]);
  await assert.rejects(s.change(1, { title: "Mine" }), /version_conflict/);
  const again = await s.change(3, { title: "Basic+", price });
  assert.equal(again.version, 3);
  assert.deepEqual(await s.records(), ["plan.changed", "price.published"]);
  const jobs = await s.shop.sql`select kind from jobs.queue where kind = 'stripe.catalogue'`;
  assert.equal(jobs.length, 1);
});

Deno.test("a plan that is not on offer takes nobody more, and keeps who is on it", async () => {
  await using s = await scene();
  const user = await s.shop.kernel.user();
  const truth = await s.shop.truth(user);
  await s.shop.news(truth, { bill: s.shop.bill(truth) });
  assert.equal((await s.change(1, { active: false })).subscribers, 1);
  assert.equal((await s.shop.membership(user)).plan, "basic-plan");
  await assert.rejects(s.shop.order(await s.shop.kernel.user()), /unknown_plan/);
});

Deno.test("what cannot be a plan is refused by name, and nothing is recorded", async () => {
  await using s = await scene();
  const price = { currency: "USD", amount: 1, credits: 1 };
  for (
    const [change, plan, problem] of [
      [{}, "gold", /unknown_plan/],
      [{ title: "" }, "basic-plan", /invalid_request/],
      [{ rolls_over_days: -1 }, "basic-plan", /invalid_request/],
      [{ price }, "free", /invalid_request/],
      [{ price: { ...price, currency: "ZZZ" } }, "basic-plan", /invalid_request/],
      [{ price: { ...price, credits: 0 } }, "basic-plan", /invalid_request/],
    ] as const
  ) {
    await assert.rejects(s.change(1, change, plan), problem, JSON.stringify(change));
  }
  await assert.rejects(s.change(1, {}, "basic-plan", "modera"), /admin_required/);
  assert.deepEqual(await s.records(), []);
});
