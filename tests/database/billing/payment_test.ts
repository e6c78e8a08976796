import assert from "node:assert/strict";
import { payment, Shop } from "./shop.ts";

/** Counts of what may happen once for an invoice. */
async function traces(shop: Shop) {
  const [row] = await shop.sql<{ grants: number; paid: number; granted: number; log: number }[]>`
    select (select count(*)::int from ledger.grants) as grants,
      (select count(*)::int from events.outbox where topic = 'invoice.paid') as paid,
      (select count(*)::int from events.outbox where topic = 'credits.granted') as granted,
      (select count(*)::int from audit.log where action = 'invoice.paid') as log`;
  return { ...row! };
}

const once = { grants: 1, paid: 1, granted: 1, log: 1 };

Deno.test("a payment grants the credits of the invoice and says so", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  const verdict = await shop.event(payment(sale));
  assert.deepEqual(verdict, { outcome: "applied", invoice_id: sale.invoice_id, state: "paid" });
  assert.equal(await shop.kernel.available(sale.user), 50);
  assert.deepEqual(await shop.kernel.topics(), [
    "invoice.opened",
    "invoice.paid",
    "credits.granted",
  ]);
  const again = await shop.invoice(sale.user);
  assert.equal(
    (again as unknown as { provider_customer_id: string }).provider_customer_id,
    `cus_${sale.user}`,
  );
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("M-07, X-08: the same event 50 times at once grants once", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, () => shop.event(payment(sale), "evt_same")),
  );
  const outcomes = verdicts.map((verdict) => verdict.outcome);
  assert.equal(outcomes.filter((outcome) => outcome === "applied").length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === "duplicate").length, 49);
  assert.deepEqual(await traces(shop), once);
});

Deno.test("M-07, X-03: 50 different events of one payment at once grant once", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => shop.event(payment(sale))));
  assert.equal(verdicts.filter((verdict) => verdict.outcome === "applied").length, 1);
  assert.equal(verdicts.filter((verdict) => verdict.reason === "already_paid").length, 49);
  assert.deepEqual(await traces(shop), once);
});

Deno.test("X-08: an event that names no payment, 20 times at once, is recorded once and refused nobody", async () => {
  await using shop = await Shop.open();
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, () => shop.event({ kind: "none" }, "evt_quiet")),
  );
  const outcomes = verdicts.map((verdict) => verdict.outcome).sort();
  assert.deepEqual(outcomes, [...Array.from({ length: 19 }, () => "duplicate"), "ignored"]);
  assert.equal((await shop.sql`select from events.inbox`).length, 1);
});

Deno.test("the event is recorded with its effect, and an inbox row is never written twice", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.event(payment(sale), "evt_1");
  await shop.event(payment(sale), "evt_1");
  const rows = await shop.sql`select event_id, state, attempts, payload from events.inbox`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { event_id: "evt_1", state: "processed", attempts: 1, payload: { id: "evt_1" } },
  ]);
});

for (
  const [name, differences, reason] of [
    ["a lower amount", { amount: 1 }, "amount_mismatch"],
    ["a higher amount", { amount: 501 }, "amount_mismatch"],
    ["no amount", { amount: null }, "amount_mismatch"],
    ["another currency", { currency: "eur" }, "currency_mismatch"],
    ["no currency", { currency: null }, "currency_mismatch"],
    ["an amount that is no number", { amount: "5 dollars" }, undefined],
    ["an invoice id that is no id", { invoice_id: "1 or true" }, undefined],
  ] as const
) {
  Deno.test(`M-14: a payment of ${name} is dead and grants nothing`, async () => {
    await using shop = await Shop.open();
    const sale = await shop.sale();
    const verdict = await shop.event(payment(sale, differences));
    assert.equal(verdict.outcome, "dead");
    if (reason) assert.equal(verdict.reason, reason);
    assert.equal(await shop.state(sale), "pending");
    assert.equal(await shop.kernel.available(sale.user), 0);
    const [row] = await shop
      .sql`select count(*)::int as n from audit.log where action = 'payment_event.dead'`;
    assert.equal(row!.n, 1);
  });
}

Deno.test("a dead event is replayed, once its effect is right, and only then", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.event(payment(sale, { amount: 5 }), "evt_1");
  const replay = (effect?: unknown) =>
    shop.kernel.service<{ outcome: string }>("replay_event", {
      provider: "stripe",
      event_id: "evt_1",
      ...(effect ? { effect } : {}),
    });
  assert.equal((await replay()).outcome, "dead");
  const replays = await Promise.allSettled(
    Array.from({ length: 10 }, () => replay(payment(sale))),
  );
  assert.equal(replays.filter((result) => result.status === "fulfilled").length, 1);
  assert.deepEqual(await traces(shop), once);
  await assert.rejects(replay(), { message: "illegal_transition" });
  await assert.rejects(
    shop.kernel.service("replay_event", { provider: "stripe", event_id: "evt_2" }),
    { message: "not_found" },
  );
});

for (
  const [name, effect] of [
    ["of an unknown session", {
      kind: "checkout_paid",
      checkout_session_id: "cs_other",
      amount: 500,
      currency: "usd",
    }],
    ["of another system's invoice", {
      kind: "checkout_paid",
      invoice_id: crypto.randomUUID(),
      amount: 500,
      currency: "usd",
    }],
    ["without an effect", { kind: "none" }],
  ] as const
) {
  Deno.test(`an event ${name} is ignored`, async () => {
    await using shop = await Shop.open();
    await shop.sale();
    assert.equal((await shop.event(effect)).outcome, "ignored");
    assert.equal((await traces(shop)).grants, 0);
  });
}

Deno.test("an event of an unknown kind is dead", async () => {
  await using shop = await Shop.open();
  assert.equal((await shop.event({ kind: "gift" })).outcome, "dead");
});

Deno.test("a payment that overtakes the attaching of its checkout is honoured", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const invoice = await shop.invoice(user);
  const sale = { ...invoice, user, session: "cs_early", intent: "pi_early" };
  await shop.event(payment(sale, { invoice_id: invoice.invoice_id }));
  assert.equal(await shop.kernel.available(user), 50);
  assert.equal((await shop.attach(invoice.invoice_id, "cs_early")).attached, true);
});

Deno.test("money that comes twice for one invoice is dead, for an operator to give back", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  const verdict = await shop.event(payment(sale, { payment_intent_id: "pi_second" }));
  assert.deepEqual([verdict.outcome, verdict.reason], ["dead", "paid_twice"]);
  assert.equal(await shop.kernel.available(sale.user), 50);
});

Deno.test("credits bought with a time to live expire", async () => {
  await using shop = await Shop.open();
  await shop
    .sql`select billing.publish_price('acme', 'basic', 'USD', 500, 50, valid_for => '30 days')`;
  const sale = await shop.paid();
  assert.equal(await shop.kernel.available(sale.user), 50);
  await shop.kernel.database.advanceClock("31 days");
  assert.equal(await shop.kernel.available(sale.user), 0);
});

Deno.test("X-08: what may pass later leaves nothing behind and works when it is sent again", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.sql.begin(async (blocker) => {
    await blocker`select from billing.invoices for update`;
    await assert.rejects(
      shop.sql.begin(async (tx) => {
        await tx`set local lock_timeout = '20ms'`;
        await tx`select billing.apply_payment_event('stripe', 'evt_1', 'x', private.now(),
          ${tx.json(payment(sale) as never)}, '{}')`;
      }),
      { code: "55P03" },
    );
  });
  assert.equal((await shop.sql`select from events.inbox`).length, 0);
  assert.equal((await shop.event(payment(sale), "evt_1")).outcome, "applied");
});
