import assert from "node:assert/strict";
import { Shop } from "./shop.ts";

const own =
  "select id, number, state, amount, credits, url, expires_at, paid_at from billing.invoices";

Deno.test("M-08: a user reads the own invoices and refunds, and nobody else's", async () => {
  await using shop = await Shop.open();
  const [mine, theirs] = [await shop.paid(), await shop.paid()];
  for (const sale of [mine, theirs]) {
    await shop.event({
      kind: "refunded",
      payment_intent_id: sale.intent,
      amount_refunded_total: 100,
    });
  }
  const seen = await shop.kernel.as("authenticated", mine.user, async (tx) => ({
    invoices: (await tx.unsafe(own)).map((row) => row.id),
    refunds: (await tx`select invoice_id from billing.refunds`).map((row) => row.invoice_id),
  }));
  assert.deepEqual(seen, { invoices: [mine.invoice_id], refunds: [mine.invoice_id] });
  await assert.rejects(shop.kernel.as("anon", null, (tx) => tx.unsafe(own)), { code: "42501" });
});

Deno.test("a user cannot pay, attach to, expire or replay anything", async (t) => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  const attacks: Record<string, object> = {
    apply_payment_event: {
      provider: "stripe",
      event_id: "evt",
      event_type: "x",
      occurred_at: null,
      effect: { kind: "checkout_paid", invoice_id: sale.invoice_id, amount: 500, currency: "usd" },
      payload: {},
    },
    attach_checkout: {
      invoice_id: sale.invoice_id,
      checkout_session_id: "cs",
      url: "https://phish.example.com",
    },
    expire_invoice: { invoice_id: sale.invoice_id },
    due_invoices: {},
    replay_event: { provider: "stripe", event_id: "evt" },
    link_price: { price_id: crypto.randomUUID(), provider_price_id: "price" },
    live_prices: {},
    claim_jobs: { kinds: ["x"], worker: "w" },
    late_jobs: {},
  };
  for (const [name, args] of Object.entries(attacks)) {
    for (const role of ["anon", "authenticated"] as const) {
      await t.step(
        `${role} ${name}`,
        () => assert.rejects(shop.kernel.call(role, sale.user, name, args), { code: "42501" }),
      );
    }
  }
  assert.equal(await shop.state(sale), "pending");
});

Deno.test("X-06, M-09: invoices and payments stay when the user is erased", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  await shop.sql`delete from auth.users where id = ${sale.user}`;
  await shop.sql`select ledger.anonymise_holder('acme', ${sale.user})`;
  assert.equal(await shop.state(sale), "paid");
  await shop.event({
    kind: "refunded",
    payment_intent_id: sale.intent,
    amount_refunded_total: 500,
  });
  assert.equal(await shop.state(sale), "refunded");
});

Deno.test("everybody who is signed in reads the catalogue, and not the provider's names in it", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const rows = await shop.kernel.as("authenticated", user, (tx) =>
    tx`
    select o.code, p.currency, p.amount::int, p.credits::int from billing.offers o
    join billing.prices p on p.offer_id = o.id and p.retired_at is null where o.product = 'acme' order by 2`);
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { code: "basic", currency: "EUR", amount: 450, credits: 50 },
    { code: "basic", currency: "USD", amount: 500, credits: 50 },
  ]);
  await assert.rejects(
    shop.kernel.as(
      "authenticated",
      user,
      (tx) => tx`select provider_price_id from billing.prices`,
    ),
    { code: "42501" },
  );
});
