import assert from "node:assert/strict";
import { type Order, PlanShop, type Truth } from "./plans.ts";

const plan = "basic-plan";

const refused = (asked: Promise<unknown>, message: string) =>
  assert.rejects(asked, (error: Error) => error.message === message || assert.fail(error.message));

Deno.test("a key stands for one order, and another request with it is refused", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const orders = await Promise.all(Array.from({ length: 8 }, () => shop.order(user, plan, "key")));
  assert.equal(new Set(orders.map(({ order_id }) => order_id)).size, 1);
  await refused(shop.order(user, "starter", "key"), "idempotency_conflict");
});

Deno.test("what cannot be subscribed to is refused by name", async () => {
  await using shop = await PlanShop.open();
  const { user } = await shop.subscriber();
  const nobody = await shop.kernel.user();
  await refused(shop.order(nobody, "gold"), "unknown_plan");
  await refused(shop.order(nobody, "basic"), "unknown_plan");
  await refused(shop.order(user, "starter"), "already_subscribed");
  await refused(shop.change(nobody, "starter"), "subscription_required");
  await refused(shop.end(nobody), "subscription_required");
  await refused(shop.change(user, "gold"), "unknown_plan");
  await refused(
    shop.kernel.call("authenticated", nobody, "open_subscription", {
      product: "nothing",
      plan,
      key: "k",
    }),
    "unknown_product",
  );
});

Deno.test("F-26: a plan is not bought like a pack, nor a pack subscribed to", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  await refused(shop.shop.invoice(user, { offer: plan }), "unknown_offer");
  await refused(shop.order(user, "basic"), "unknown_plan");
});

Deno.test("the free plan needs no page and no subscription", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const { state, url } = await shop.order(user, "free");
  assert.deepEqual([state, url], ["done", null]);
  assert.deepEqual(await shop.membership(user), {
    product: "acme",
    plan: "free",
    subscription: null,
    customer_id: null,
  });
});

Deno.test("of two pages only the newest is on offer, and the older one is named to be closed", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const older = await shop.order(user);
  const attach = (order: Order) =>
    shop.kernel.service<{ state: string }>("attach_subscription_checkout", {
      order_id: order.order_id,
      checkout_session_id: `cs_${order.order_id}`,
      url: "https://pay.example.com/",
    });
  await attach(older);
  const newer = await shop.order(user, "starter");
  assert.deepEqual(newer.other_session_ids, [`cs_${older.order_id}`]);
  assert.equal((await attach(newer)).state, "open");
  assert.equal((await attach(older)).state, "refused");
});

Deno.test("a page that was refused and is paid all the same is honoured", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const truth = await shop.truth(user);
  await shop.order(user, "starter");
  await shop.news(truth, { bill: shop.bill(truth) });
  assert.equal(await shop.kernel.available(user), 20);
  const rows = await shop
    .sql`select state from billing.subscription_orders where id = ${truth.order_id}`;
  assert.equal(rows[0]!["state"], "done");
});

/** What is asked, in which situation, and what becomes of it. */
const changes: [string, Partial<Truth>, string, string][] = [
  [plan, {}, "starter", "upgrade open"],
  ["starter", {}, plan, "downgrade open"],
  ["starter", {}, "free", "cancel open"],
  ["starter", {}, "starter", "keep done"],
  ["starter", { next_provider_price_id: `price_${plan}` }, "starter", "keep open"],
  ["starter", { next_provider_price_id: `price_${plan}` }, plan, "downgrade done"],
  ["starter", { cancel_at_period_end: true }, "free", "cancel done"],
  ["starter", { cancel_at_period_end: true }, plan, "subscription_ending"],
  [plan, { state: "past_due" }, "starter", "subscription_unpaid"],
  [plan, { state: "unpaid" }, "starter", "subscription_unpaid"],
  [plan, { state: "incomplete" }, "starter", "subscription_unpaid"],
  [plan, { state: "past_due" }, "free", "cancel open"],
];

for (const [from, situation, to, expected] of changes) {
  Deno.test(`from ${from} ${JSON.stringify(situation)} to ${to}: ${expected}`, async () => {
    await using shop = await PlanShop.open();
    const user = await shop.kernel.user();
    await shop.news(await shop.truth(user, from, situation));
    const became = await shop.change(user, to)
      .then(({ request, state }) => `${request} ${state}`, (error: Error) => error.message);
    assert.equal(became, expected);
  });
}

Deno.test("an upgrade over a change that waits is refused by name", async () => {
  await using shop = await PlanShop.open();
  await shop
    .sql`select billing.publish_plan('acme', 'team', 'Team', 30, '', '0', 'USD', 9900, 300)`;
  const user = await shop.kernel.user();
  const waiting = { next_provider_price_id: `price_${plan}` };
  await shop.news(await shop.truth(user, "starter", waiting));
  await refused(shop.change(user, "team"), "change_scheduled");
});

Deno.test("cancelling and resuming twice ask the provider once", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const cancel = await shop.end(user, false, "cancel");
  assert.deepEqual([cancel.request, cancel.state], ["cancel", "open"]);
  await shop.news({ ...truth, cancel_at_period_end: true });
  await shop.kernel.service("conclude_subscription_order", { order_id: cancel.order_id });
  assert.deepEqual(
    [(await shop.end(user, false, "cancel")).replayed, (await shop.end(user)).state],
    [true, "done"],
  );
  assert.equal((await shop.end(user, true)).state, "open");
  await shop.news(truth);
  assert.equal((await shop.end(user, true)).state, "done");
});

Deno.test("what the provider would not do is refused for good under its key", async () => {
  await using shop = await PlanShop.open();
  const { user } = await shop.subscriber();
  const { order_id } = await shop.change(user, "starter", "key");
  for (const refusal of ["card_declined", null]) {
    await shop.kernel.service("conclude_subscription_order", { order_id, refusal });
  }
  const again = await shop.change(user, "starter", "key");
  assert.deepEqual([again.state, again.refusal], ["refused", "card_declined"]);
});
