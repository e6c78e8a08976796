import assert from "node:assert/strict";
import { type Invoice, payment, Shop } from "./shop.ts";

Deno.test("an invoice carries the live price, a readable number and one hour to pay", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const invoice = await shop.invoice(user);
  assert.match(invoice.number, /^INV-\d{4}-000001$/);
  assert.equal(invoice.customer_email, `${user}@example.com`);
  const { state, amount, currency, credits, offer_title, replayed } = invoice;
  assert.deepEqual({ state, amount, currency, credits, offer_title, replayed }, {
    state: "pending",
    amount: 500,
    currency: "USD",
    credits: 50,
    offer_title: "Basic pack",
    replayed: false,
  });
  assert.equal(Date.parse(invoice.expires_at) - Date.parse(invoice.created_at), 3_600_000);
  assert.deepEqual(await shop.kernel.topics(), ["invoice.opened"]);
});

Deno.test("an offer is sold in each currency it has a price in, and in its first by default", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  assert.equal((await shop.invoice(user, { currency: "EUR" })).amount, 450);
  assert.equal((await shop.invoice(user)).currency, "USD");
});

Deno.test("the same key and body give the same invoice, 20 times at once", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const invoices = await Promise.all(
    Array.from({ length: 20 }, () => shop.invoice(user, { key: "k" })),
  );
  assert.equal(new Set(invoices.map((invoice) => invoice.invoice_id)).size, 1);
  assert.equal(invoices.filter((invoice) => !invoice.replayed).length, 1);
  assert.deepEqual(await shop.kernel.topics(), ["invoice.opened"]);
});

Deno.test("the same key with another body is a conflict", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  await shop.invoice(user, { key: "k" });
  await assert.rejects(shop.invoice(user, { key: "k", currency: "EUR" }), {
    code: "PT409",
    message: "idempotency_conflict",
  });
});

Deno.test("two users may use the same key", async () => {
  await using shop = await Shop.open();
  const [one, two] = [await shop.kernel.user(), await shop.kernel.user()];
  const [first, second] = [
    await shop.invoice(one, { key: "k" }),
    await shop.invoice(two, { key: "k" }),
  ];
  assert.notEqual(first.invoice_id, second.invoice_id);
});

const refusals: [string, Record<string, unknown>, string, string][] = [
  ["an unknown product", { product: "nothing" }, "PT404", "unknown_product"],
  [
    "a product's name that is SQL",
    { product: `acme_admit(uuid); drop table x; --` },
    "PT404",
    "unknown_product",
  ],
  ["an unknown offer", { offer: "gold" }, "PT404", "unknown_offer"],
  ["a currency without a price", { currency: "GBP" }, "PT404", "unknown_offer"],
  ["a retired offer", { offer: "old" }, "PT404", "unknown_offer"],
  ["an empty key", { key: "" }, "PT422", "invalid_request"],
  ["a key that is too long", { key: "k".repeat(301) }, "PT422", "invalid_request"],
];

Deno.test("what cannot be bought is refused by name, and no invoice is written", async (t) => {
  await using shop = await Shop.open();
  await shop.sql`select billing.publish_price('acme', 'old', 'USD', 100, 5)`;
  await shop.sql`select billing.retire_offer('acme', 'old')`;
  const user = await shop.kernel.user();
  for (const [name, args, code, message] of refusals) {
    await t.step(name, () => assert.rejects(shop.invoice(user, args), { code, message }));
  }
  assert.equal((await shop.sql`select from billing.invoices`).length, 0);
});

Deno.test("without a user there is no invoice", async () => {
  await using shop = await Shop.open();
  const args = { product: "acme", offer: "basic", key: "k" };
  await assert.rejects(shop.kernel.call("authenticated", null, "open_invoice", args), {
    message: "unauthorized",
  });
});

Deno.test("a new price leaves open invoices as they were agreed", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.sql`select billing.publish_price('acme', 'basic', 'USD', 900, 60)`;
  assert.equal((await shop.event(payment(sale))).outcome, "applied");
  assert.equal(await shop.kernel.available(sale.user), 50);
  assert.equal((await shop.invoice(sale.user)).amount, 900);
});

Deno.test("publishing an equal price or rate makes no new version", async () => {
  await using shop = await Shop.open();
  await shop.sql`select billing.publish_price('acme', 'basic', 'USD', 500, 50)`;
  await shop
    .sql`select billing.publish_rate('acme', 'draw', 3), billing.publish_rate('acme', 'draw', 3)`;
  await shop.sql`select billing.publish_rate('acme', 'draw', 4)`;
  const [row] = await shop.sql`
    select (select count(*)::int from billing.prices p join billing.offers o on o.id = p.offer_id
      where o.product = 'acme') as prices,
    (select count(*)::int from billing.rates where product = 'acme') as rates,
    billing.rate('acme', 'draw')::int as rate`;
  assert.deepEqual({ ...row }, { prices: 2, rates: 2, rate: 4 });
});

Deno.test("a checkout is attached once; the first one wins", async () => {
  await using shop = await Shop.open();
  const { invoice_id } = await shop.invoice(await shop.kernel.user());
  const attempts = await Promise.all(
    ["cs_a", "cs_a", "cs_b"].map((session) => shop.attach(invoice_id, session)),
  );
  const [row] = await shop.sql`select checkout_session_id as session from billing.invoices`;
  assert.deepEqual(attempts.map((attempt) => attempt.attached), [
    row!.session === "cs_a",
    row!.session === "cs_a",
    row!.session === "cs_b",
  ]);
});

Deno.test("a user cancels a pending invoice, again without effect, and never a paid one", async () => {
  await using shop = await Shop.open();
  const [sale, paid] = [await shop.sale(), await shop.paid()];
  const cancel = (user: string, invoice_id: string) =>
    shop.kernel.call<Invoice>("authenticated", user, "cancel_invoice", { invoice_id });
  assert.equal((await cancel(sale.user, sale.invoice_id)).state, "cancelled");
  assert.equal((await cancel(sale.user, sale.invoice_id)).state, "cancelled");
  await assert.rejects(cancel(paid.user, paid.invoice_id), { message: "illegal_transition" });
  await assert.rejects(cancel(sale.user, paid.invoice_id), { message: "not_found" });
});
