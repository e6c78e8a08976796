import assert from "node:assert/strict";
import { TopUpShop } from "./top_ups.ts";

Deno.test("low credits begin one top-up; its payment grants, once", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const user = await tops.person(12);
  await shop.spend(user, 5);
  const topUp = await tops.begun();
  assert.deepEqual([topUp.amount, topUp.currency, topUp.state], [500, "USD", "open"]);
  assert.equal(topUp.payment_method_id, `pm_${user}`);
  await Promise.all(Array.from({ length: 10 }, () => tops.pay(topUp)));
  assert.equal(await shop.kernel.available(user), 57);
  assert.deepEqual((await tops.setting(user)).attempt?.state, "succeeded");
  assert.deepEqual(await tops.begin(), []);
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("the same job again is the same attempt", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(12);
  const request = { product: "acme", holder: user, trigger: "t" };
  await tops.shop.spend(user, 5);
  const begin = () => tops.shop.kernel.service<{ top_up_id: string }>("begin_top_up", { request });
  const attempts = await Promise.all(Array.from({ length: 20 }, begin));
  assert.equal(new Set(attempts.map(({ top_up_id }) => top_up_id)).size, 1);
});

Deno.test("one attempt is open at a time, 20 different triggers at once", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(12);
  await tops.shop.spend(user, 5);
  const begun = await Promise.all(
    Array.from(
      { length: 20 },
      (_, n) =>
        tops.shop.kernel.service<{ skipped?: string }>("begin_top_up", {
          request: { product: "acme", holder: user, trigger: `t${n}` },
        }),
    ),
  );
  assert.equal(begun.filter(({ skipped }) => !skipped).length, 1);
  assert.equal(begun.filter(({ skipped }) => skipped === "attempt_open").length, 19);
});

Deno.test("nothing begins for who did not agree, ended it, has no card, or is not low", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const [stranger, ended, cardless, rich] = [
    await shop.kernel.user(),
    await tops.person(12),
    await tops.person(12),
    await tops.person(12),
  ];
  await shop.sql`select ledger.register_holder('acme', ${stranger})`;
  await tops.agree(ended, { enabled: false });
  await shop.event({ kind: "method_removed", payment_method_id: `pm_${cardless}` });
  for (const user of [ended, cardless]) await shop.spend(user, 5);
  const skipped: Record<string, string> = {};
  for (const holder of [stranger, ended, cardless, rich]) {
    const request = { product: "acme", holder, trigger: "t" };
    skipped[holder] = (await shop.kernel.service<{ skipped: string }>("begin_top_up", { request }))
      .skipped;
  }
  assert.deepEqual(skipped, {
    [stranger]: "off",
    [ended]: "off",
    [cardless]: "no_payment_method",
    [rich]: "not_low",
  });
});

Deno.test("nothing is charged by itself to who asked to be erased, until they take it back", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const user = await tops.person(12);
  await shop.spend(user, 5);
  const ask = (name: string) => shop.kernel.call("authenticated", user, `${name}_erasure`, {});
  const begin = () =>
    shop.kernel.service<{ skipped?: string }>("begin_top_up", {
      request: { product: "acme", holder: user, trigger: "t" },
    });
  await ask("request");
  assert.equal((await begin()).skipped, "leaving");
  await ask("cancel");
  assert.equal((await begin()).skipped, undefined);
});

Deno.test("the cap holds over 30 days, and reaching it is told once for each time", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const user = await tops.person(12, { cap: 1200 });
  for (let round = 0; round < 2; round++) {
    await shop.spend(user, await shop.kernel.available(user) - 5);
    await tops.pay(await tops.begun());
  }
  await shop.spend(user, 50);
  assert.deepEqual((await tops.begin()).map(({ skipped }) => skipped), ["cap"]);
  assert.equal(await tops.told("top_up.capped"), 1);
  assert.equal((await tops.setting(user)).spent, 1000);
  await shop.kernel.database.advanceClock("31 days");
  assert.equal((await tops.setting(user)).spent, 0);
});

Deno.test("after a decline nothing is tried for an hour, then a day, then never", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const clock = shop.kernel.database;
  const user = await tops.person(12);
  await shop.spend(user, 5);
  await tops.decline(await tops.begun());
  assert.equal((await tops.setting(user)).declines, 1);
  assert.deepEqual(await tops.begin(), []);
  await clock.advanceClock("61 minutes");
  await tops.decline(await tops.begun());
  await clock.advanceClock("61 minutes");
  assert.deepEqual(await tops.begin(), []);
  await clock.advanceClock("1 day");
  await tops.decline(await tops.begun(), "lost_card");
  const { enabled, declines, switched_off } = await tops.setting(user);
  assert.deepEqual([enabled, declines, switched_off], [false, 3, "lost_card"]);
  await clock.advanceClock("10 days");
  assert.deepEqual(await tops.begin(), []);
  assert.equal(await tops.told("top_up.failed"), 3);
  assert.equal(await shop.kernel.available(user), 7);
  assert.equal((await tops.agree(user)).switched_off, null);
  assert.equal((await tops.begun()).state, "open");
});

Deno.test("a payment that succeeds ends the row of declines", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(12);
  await tops.shop.spend(user, 5);
  await tops.decline(await tops.begun());
  await tops.shop.kernel.database.advanceClock("61 minutes");
  await tops.pay(await tops.begun());
  const { declines, retry_at } = await tops.setting(user);
  assert.deepEqual([declines, retry_at], [0, null]);
});

Deno.test("success and failure of one payment, in any order: the money counts", async () => {
  await using tops = await TopUpShop.open();
  for (const order of [["pay", "decline"], ["decline", "pay"]] as const) {
    const user = await tops.person(12);
    await tops.shop.spend(user, 5);
    const topUp = await tops.begun();
    for (const step of order) await tops[step](topUp);
    assert.equal(await tops.shop.kernel.available(user), 57);
    assert.equal((await tops.setting(user)).attempt?.state, "succeeded");
  }
});

Deno.test("a top-up that leaves the balance low is followed by the next, up to the cap", async () => {
  await using tops = await TopUpShop.open();
  const user = await tops.person(200, { threshold: 120, cap: 1000 });
  await tops.shop.spend(user, 190);
  await tops.pay(await tops.begun());
  await tops.pay(await tops.begun());
  assert.equal(await tops.shop.kernel.available(user), 110);
  assert.deepEqual((await tops.begin()).map(({ skipped }) => skipped), ["cap"]);
});

Deno.test("an attempt that nobody answered ends with its invoice, and is no decline", async () => {
  await using tops = await TopUpShop.open();
  const { shop } = tops;
  const user = await tops.person(12);
  await shop.spend(user, 5);
  const { invoice_id } = await tops.begun();
  await shop.kernel.database.advanceClock("24 hours");
  await shop.kernel.service("expire_invoice", { invoice_id });
  const { attempt, declines, enabled } = await tops.setting(user);
  assert.deepEqual([attempt?.state, declines, enabled], ["failed", 0, true]);
  assert.equal(await tops.told("top_up.failed"), 0);
  await shop.kernel.database.advanceClock("61 minutes");
  assert.equal((await tops.begun()).state, "open");
});

Deno.test("a card that a bank declined at a checkout does not close the invoice", async () => {
  await using tops = await TopUpShop.open();
  const sale = await tops.shop.sale();
  const verdict = await tops.shop.event({
    kind: "payment_failed",
    payment_intent_id: sale.intent,
    invoice_id: sale.invoice_id,
    failure: "card_declined",
  });
  assert.equal(verdict.outcome, "ignored");
  assert.equal(await tops.shop.state(sale), "pending");
});
