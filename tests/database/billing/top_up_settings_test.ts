import assert from "node:assert/strict";
import { TopUpShop } from "./top_ups.ts";

Deno.test("agreeing needs a saved card, an offer that is sold, a threshold and room for one purchase", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.shop.kernel.user();
  await assert.rejects(tops.agree(user), /payment_method_required/);
  await tops.saveCard(user);
  await assert.rejects(tops.agree(user, { offer: "gold" }), /unknown_offer/);
  await assert.rejects(tops.agree(user, { currency: "RUB" }), /unknown_offer/);
  await assert.rejects(tops.agree(user, { threshold: 0 }), /invalid_amount/);
  await assert.rejects(tops.agree(user, { threshold: null }), /invalid_amount/);
  await assert.rejects(tops.agree(user, { cap: 499 }), /invalid_amount/);
  await assert.rejects(tops.agree(user, { product: "nothing" }), /unknown_product|unknown_offer/);
  assert.equal((await tops.setting(user)).enabled, false);
  assert.deepEqual((await tops.agree(user, { cap: 500 })).enabled, true);
});

Deno.test("who agrees while credits are low already is topped up at once", async () => {
  await using tops = await TopUpShop.open();
  await tops.person(3);
  assert.equal((await tops.begun()).state, "open");
});

Deno.test("the threshold is that of credits.low, which cannot be silenced while top-ups are on", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(50, { threshold: 33 });
  const silence = (threshold: number) =>
    tops.shop.kernel.call<{ threshold: number }>("authenticated", user, "set_low_balance_alert", {
      product: "acme",
      threshold,
    });
  await assert.rejects(silence(0), /invalid_request/);
  await silence(20);
  assert.equal((await tops.setting(user)).threshold, 20);
  await tops.agree(user, { enabled: false });
  assert.deepEqual(await silence(0), { threshold: 0 });
});

Deno.test("the newest card counts, in whatever order its news arrive", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(12);
  await tops.saveCard(user, "pm_new", "2030-01-02T00:00:00Z");
  assert.equal((await tops.saveCard(user, "pm_old", "2030-01-01T00:00:00Z")).outcome, "ignored");
  await tops.shop.spend(user, 5);
  assert.equal((await tops.begun()).payment_method_id, "pm_new");
});

Deno.test("forgetting the card ends top-ups", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(12);
  const forget = () =>
    tops.shop.kernel.service("forget_payment_method", { product: "acme", holder: user });
  assert.deepEqual(await forget(), { payment_method_id: `pm_${user}` });
  assert.deepEqual(await forget(), { payment_method_id: null });
  const { enabled, switched_off } = await tops.setting(user);
  assert.deepEqual([enabled, switched_off], [false, "payment_method_removed"]);
});

Deno.test("a card of nobody whom we know is dead, and nothing is kept of it", async () => {
  await using tops = await TopUpShop.open();
  const verdict = await tops.shop.event({
    kind: "method_saved",
    product: "nothing",
    holder: crypto.randomUUID(),
    customer_id: "cus_1",
    payment_method_id: "pm_1",
  });
  assert.equal(verdict.outcome, "dead");
  assert.deepEqual([...await tops.shop.sql`select holder from billing.payment_methods`], []);
});

Deno.test("what was agreed and ended is in the audit log, by the person", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(50);
  await tops.agree(user, { enabled: false });
  const rows = await tops.shop.sql`
    select action, actor from audit.log where action like 'auto_top_up.%' order by id`;
  assert.deepEqual(rows.map((row) => [row.action, row.actor]), [
    ["auto_top_up.agreed", user],
    ["auto_top_up.ended", user],
  ]);
});
