import assert from "node:assert/strict";
import { dispute, type Effect, payment, refund, type Sale, Shop } from "./shop.ts";

Deno.test("a full refund takes the credits back", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  assert.equal((await shop.event(refund(sale, 500))).state, "refunded");
  assert.equal(await shop.kernel.available(sale.user), 0);
  assert.deepEqual(await shop.returned(sale), { taken: 50, owed: 0 });
});

Deno.test("what was spent cannot be taken back and is recorded as owed", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.spend(sale.user, 20);
  await shop.event(refund(sale, 500));
  assert.equal(await shop.kernel.available(sale.user), 0);
  assert.deepEqual(await shop.returned(sale), { taken: 30, owed: 20 });
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("a refund takes nothing of what other purchases gave", async () => {
  await using shop = await Shop.open();
  const first = await shop.paid();
  const second = {
    ...await shop.invoice(first.user),
    user: first.user,
    session: "cs_2",
    intent: "pi_2",
  };
  await shop.attach(second.invoice_id, "cs_2");
  await shop.event(payment(second));
  await shop.spend(first.user, 50);
  await shop.event(refund(first, 500));
  assert.equal(await shop.kernel.available(first.user), 50);
  assert.deepEqual(await shop.returned(first), { taken: 0, owed: 50 });
});

Deno.test("partial refunds add up in proportion, in any order, repeated or not", async () => {
  await using shop = await Shop.open();
  const [straight, mixed] = [await shop.paid(), await shop.paid()];
  for (const total of [100, 250, 500]) await shop.event(refund(straight, total));
  for (const total of [250, 100, 250, 500, 100]) await shop.event(refund(mixed, total));
  for (const sale of [straight, mixed]) {
    assert.equal(await shop.state(sale), "refunded");
    assert.deepEqual(await shop.returned(sale), { taken: 50, owed: 0 });
  }
});

Deno.test("a partial refund leaves the invoice paid and rounds in the buyer's favour", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  assert.equal((await shop.event(refund(sale, 109))).state, "paid");
  assert.deepEqual(await shop.returned(sale), { taken: 10, owed: 0 });
});

Deno.test("refunds without a total count once for each refund", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  const part = (refund_id: string): Effect => ({
    kind: "refunded",
    payment_intent_id: sale.intent,
    refund_id,
    amount: 100,
    currency: "usd",
  });
  for (const id of ["re_1", "re_1", "re_2"]) await shop.event(part(id));
  assert.deepEqual(await shop.returned(sale), { taken: 20, owed: 0 });
});

Deno.test("a refund of more than was paid, or in another currency, is dead", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  assert.equal((await shop.event(refund(sale, 501))).reason, "refund_exceeds_payment");
  assert.equal(
    (await shop.event({ ...refund(sale, 100), currency: "eur" })).reason,
    "currency_mismatch",
  );
  assert.equal(await shop.kernel.available(sale.user), 50);
});

Deno.test("20 equal refund events at once take the credits back once", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await Promise.all(Array.from({ length: 20 }, () => shop.event(refund(sale, 200))));
  assert.deepEqual(await shop.returned(sale), { taken: 20, owed: 0 });
});

Deno.test("a refund that arrives before its payment waits for it", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  assert.equal((await shop.event(refund(sale, 200))).outcome, "deferred");
  assert.equal(
    (await shop.event({ ...refund(sale, 100), invoice_id: sale.invoice_id })).outcome,
    "deferred",
  );
  await shop.event(payment(sale));
  assert.equal(await shop.kernel.available(sale.user), 30);
  const states = await shop.sql`select distinct state from events.inbox`;
  assert.deepEqual(states.map((row) => row.state).sort(), ["ignored", "processed"]);
});

Deno.test("a refund and its payment at once: the refund is never forgotten", async () => {
  await using shop = await Shop.open();
  const sales: Sale[] = [];
  for (let i = 0; i < 15; i++) sales.push(await shop.sale());
  await Promise.all(
    sales.flatMap((sale) => [shop.event(refund(sale, 500)), shop.event(payment(sale))]),
  );
  for (const sale of sales) {
    assert.equal(await shop.state(sale), "refunded");
    assert.equal(await shop.kernel.available(sale.user), 0);
  }
});

Deno.test("a dispute takes credits back when it opens, and gives them again when it is won", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.spend(sale.user, 20);
  assert.equal((await shop.event(dispute(sale, "opened"))).state, "paid");
  assert.equal(await shop.kernel.available(sale.user), 0);
  assert.deepEqual(await shop.returned(sale), { taken: 30, owed: 20 });
  await shop.event(dispute(sale, "won"));
  assert.equal(await shop.kernel.available(sale.user), 30);
  assert.deepEqual(await shop.returned(sale), { taken: 0, owed: 0 });
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("a lost dispute is final", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.event(dispute(sale, "opened"));
  assert.equal((await shop.event(dispute(sale, "lost"))).state, "refunded");
  assert.equal((await shop.event(dispute(sale, "won"))).outcome, "ignored");
  assert.equal(await shop.kernel.available(sale.user), 0);
});

Deno.test("a dispute's result that arrives before its opening settles it", async () => {
  await using shop = await Shop.open();
  const [won, lost] = [await shop.paid(), await shop.paid()];
  for (const [sale, step] of [[won, "won"], [lost, "lost"]] as const) {
    await shop.event(dispute(sale, step));
    assert.equal((await shop.event(dispute(sale, "opened"))).outcome, "ignored");
  }
  assert.equal(await shop.kernel.available(won.user), 50);
  assert.equal(await shop.kernel.available(lost.user), 0);
});

Deno.test("refund after dispute, and dispute after refund, never take twice", async () => {
  await using shop = await Shop.open();
  const [one, two] = [await shop.paid(), await shop.paid()];
  for (const effect of [dispute(one, "opened"), refund(one, 500)]) await shop.event(effect);
  for (const effect of [refund(two, 500), dispute(two, "opened")]) await shop.event(effect);
  for (const sale of [one, two]) {
    assert.deepEqual(await shop.returned(sale), { taken: 50, owed: 0 });
    assert.equal(await shop.state(sale), "refunded");
  }
  await shop.event(dispute(one, "won"));
  assert.equal(await shop.kernel.available(one.user), 0);
});

Deno.test("a dispute won after a partial refund gives back all but the refunded part", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.event(dispute(sale, "opened"));
  await shop.event(refund(sale, 150));
  await shop.event(dispute(sale, "won"));
  assert.equal(await shop.kernel.available(sale.user), 35);
  assert.equal(await shop.state(sale), "paid");
});

Deno.test("a dispute without a result is dead", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  const verdict = await shop.event({ ...dispute(sale, "won"), dispute_won: null });
  assert.equal(verdict.reason, "dispute_without_result");
});

Deno.test("payment, refunds and disputes end the same in each of their 120 orders", async () => {
  await using shop = await Shop.open();
  const ends = new Set<string>();
  for (const order of permutations([0, 1, 2, 3, 4])) {
    const sale = await shop.sale();
    const story = [
      payment(sale),
      refund(sale, 100),
      refund(sale, 200),
      dispute(sale, "opened", 300),
      dispute(sale, "lost", 300),
    ];
    for (const step of order) await shop.event(story[step]!);
    ends.add(JSON.stringify([
      await shop.state(sale),
      await shop.kernel.available(sale.user),
      await shop.returned(sale),
    ]));
  }
  assert.deepEqual([...ends], [JSON.stringify(["refunded", 0, { taken: 50, owed: 0 }])]);
  assert.deepEqual(await shop.kernel.verify(), []);
});

function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}
