import assert from "node:assert/strict";
import fc from "../harness/fast_check.ts";
import {
  type SubscriptionEffect,
  untilCurrent,
} from "../../packages/payments/subscription_news.ts";
import { PlanShop, renewed, type Truth } from "../database/billing/plans.ts";

/** A provider's story: each step is told by one event. */
function story(first: Truth): Truth[] {
  const second = renewed(first, { state: "past_due" });
  const unpaid: Truth = { ...second, state: "unpaid" };
  const paid: Truth = { ...second, state: "active", provider_price_id: "price_starter" };
  return [first, second, unpaid, paid, { ...paid, cancel_at_period_end: true }];
}

Deno.test("F-08, F-17: readings of one subscription that overtake each other leave what is true at the end", async () => {
  await using shop = await PlanShop.open();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const user = await shop.kernel.user();
      const steps = story(await shop.truth(user));
      let now = -1;
      const step = <T>(work: () => Promise<T>) => scheduler.scheduleFunction(work)();
      const read = async (): Promise<SubscriptionEffect> => {
        const version = await step(() => shop.version(steps[0]!));
        const truth = await step(() => Promise.resolve(steps[now]!));
        return { kind: "subscription", version, subscription: truth };
      };
      const deliver = async () => {
        const id = `evt_${crypto.randomUUID()}`;
        await untilCurrent(
          read,
          async (effect) => await step(() => shop.shop.event({ ...effect }, id)),
        );
      };
      const happen = async () => {
        const deliveries: Promise<void>[] = [];
        for (let i = 0; i < steps.length; i++) {
          await step(() => Promise.resolve(now = i));
          deliveries.push(deliver());
        }
        await Promise.all(deliveries);
      };
      await scheduler.waitFor(happen());
      const [row] = await shop.sql`
        select s.state, p.code, s.cancel_at_period_end as ends, s.version::int <= 5 as few,
          (select count(*)::int from billing.subscription_periods h where h.subscription_id = s.id and h.ended_at is null) as open
        from billing.subscriptions s join billing.plans p on p.id = s.plan_id where s.holder = ${user}`;
      assert.deepEqual({ ...row }, {
        state: "active",
        code: "starter",
        ends: true,
        few: true,
        open: 1,
      });
    }),
    { numRuns: 30 },
  );
});
