import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { dispute, type Effect, refund, type Sale, Shop } from "./shop.ts";

interface Order {
  refund_id: string;
  state: string;
  amount: number;
  refunded: number;
  invoice_state: string;
  credits_taken: number;
  credits_owed: number;
  replayed: boolean;
}

/** An admin of acme. */
async function admin(shop: Shop, product = "acme"): Promise<string> {
  const user = await shop.kernel.user();
  await shop.sql`select private.appoint_admin(${user}, ${product}, 'test')`;
  return user;
}

const open = (shop: Shop, user: string, sale: Sale, args: Record<string, unknown> = {}) =>
  shop.kernel.call<Order>("authenticated", user, "open_refund", {
    invoice_id: sale.invoice_id,
    reason: "Late",
    key: crypto.randomUUID(),
    ...args,
  });

/** What the provider says of one refund. */
function told(sale: Sale, id: string, amount: number, failed = false): Effect {
  return {
    kind: failed ? "refund_failed" : "refunded",
    payment_intent_id: sale.intent,
    refund_id: id,
    amount,
    currency: "usd",
  };
}

Deno.test("an order moves nothing until the provider accepts it", async () => {
  await using shop = await Shop.open();
  const [sale, by] = [await shop.paid(), await admin(shop)];
  const order = await open(shop, by, sale, { amount: 200 });
  assert.deepEqual([order.state, order.amount, order.refunded], ["requested", 200, 0]);
  assert.equal(await shop.kernel.available(sale.user), 50);
  await shop.event({ ...told(sale, "re_1", 200), order_id: order.refund_id });
  const after = await shop.kernel.service<Order>("read_refund", { refund_id: order.refund_id });
  assert.deepEqual(
    [after.state, after.refunded, after.credits_taken, after.credits_owed],
    ["accepted", 200, 20, 0],
  );
  const audited = await shop.sql`select action from audit.log where action like 'refund.%'`;
  assert.deepEqual(audited.map(({ action }) => action), ["refund.requested"]);
});

Deno.test("an order is for all that is left unless it says how much", async () => {
  await using shop = await Shop.open();
  const [sale, by] = [await shop.paid(), await admin(shop)];
  await shop.event(refund(sale, 120));
  assert.equal((await open(shop, by, sale)).amount, 380);
});

Deno.test("what cannot be refunded is refused by name, and nothing is written", async () => {
  await using shop = await Shop.open();
  const by = await admin(shop);
  const [unpaid, whole, part, disputed] = [
    await shop.sale(),
    await shop.paid(),
    await shop.paid(),
    await shop.paid(),
  ];
  await shop.event(refund(whole, 500));
  await shop.event(refund(part, 400));
  await shop.event(dispute(disputed, "opened"));
  await assert.rejects(open(shop, by, unpaid), /invoice_not_paid/);
  await assert.rejects(open(shop, by, whole), /already_refunded/);
  await assert.rejects(open(shop, by, part, { amount: 101 }), /refund_exceeds_payment/);
  await assert.rejects(open(shop, by, disputed), /already_refunded/);
  await assert.rejects(open(shop, by, part, { amount: 0 }), /invalid_amount/);
  await assert.rejects(open(shop, by, part, { reason: "" }), /invalid_request/);
  await assert.rejects(
    open(shop, by, part, { invoice_id: crypto.randomUUID() }),
    /not_found/,
  );
  assert.deepEqual(
    [...await shop.sql`select id from billing.refund_orders where key is not null`],
    [],
  );
});

Deno.test("only an admin of the invoice's product orders refunds", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  for (const by of [sale.user, await shop.kernel.user(), await admin(shop, "modera")]) {
    await assert.rejects(open(shop, by, sale), /admin_required/);
  }
  assert.equal((await open(shop, await admin(shop, "*"), sale)).state, "requested");
});

Deno.test("a key orders one refund, 20 times at once, and another body with it conflicts", async () => {
  await using shop = await Shop.open();
  const [sale, by] = [await shop.paid(), await admin(shop)];
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => open(shop, by, sale, { amount: 100, key: "k" })),
  );
  assert.equal(new Set(answers.map(({ refund_id }) => refund_id)).size, 1);
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
  await assert.rejects(open(shop, by, sale, { amount: 101, key: "k" }), /idempotency_conflict/);
});

Deno.test("a refund that failed gives the credits back and forgives what was owed", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.spend(sale.user, 20);
  await shop.event(told(sale, "re_1", 500));
  assert.deepEqual(await shop.returned(sale), { taken: 30, owed: 20 });
  assert.equal(await shop.state(sale), "refunded");
  await shop.event(told(sale, "re_1", 500, true));
  assert.deepEqual(await shop.returned(sale), { taken: 0, owed: 0 });
  assert.equal(await shop.state(sale), "paid");
  assert.equal(await shop.kernel.available(sale.user), 30);
  assert.equal((await shop.event(told(sale, "re_1", 500, true))).outcome, "ignored");
  assert.equal((await shop.event(told(sale, "re_2", 500))).state, "refunded");
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("a refund's answer and the total in its event count once, in either order", async () => {
  await using shop = await Shop.open();
  for (const order of [[0, 1], [1, 0]]) {
    const sale = await shop.paid();
    const news = [told(sale, "re_1", 200), refund(sale, 200)];
    for (const step of order) await shop.event(news[step]!);
    assert.deepEqual(await shop.returned(sale), { taken: 20, owed: 0 });
  }
});

Deno.test("an order that the provider refused can still be found to have been accepted", async () => {
  await using shop = await Shop.open();
  const [sale, by] = [await shop.paid(), await admin(shop)];
  const { refund_id } = await open(shop, by, sale);
  const refuse = () => shop.kernel.service<Order>("refuse_refund", { refund_id, refusal: "no" });
  assert.equal((await refuse()).state, "refused");
  await shop.event({ ...told(sale, "re_1", 500), order_id: refund_id });
  assert.equal((await refuse()).state, "accepted");
});

Deno.test("refunds, totals and failures end the same in any order, repeated or not", async () => {
  await using shop = await Shop.open();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ amount: fc.integer({ min: 1, max: 125 }), fails: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.infiniteStream(fc.nat()),
      async (refunds, random) => {
        const sale = await shop.paid();
        const news: Effect[] = [];
        let total = 0;
        refunds.forEach(({ amount, fails }, n) => {
          const id = `re_${n}_${sale.invoice_id}`;
          total += amount;
          news.push(told(sale, id, amount), told(sale, id, amount), refund(sale, total));
          if (fails) news.push(told(sale, id, amount, true));
        });
        const shuffled = news.map((effect) => ({ effect, at: random.next().value! }))
          .toSorted((a, b) => a.at - b.at);
        for (const { effect } of shuffled) await shop.event(effect);
        const kept = refunds.filter(({ fails }) => !fails)
          .reduce((sum, { amount }) => sum + amount, 0);
        assert.deepEqual(await shop.returned(sale), { taken: Math.trunc(kept / 10), owed: 0 });
        assert.equal(await shop.state(sale), kept === 500 ? "refunded" : "paid");
      },
    ),
    { numRuns: 40 },
  );
  assert.deepEqual(await shop.kernel.verify(), []);
});
