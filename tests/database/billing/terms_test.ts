import assert from "node:assert/strict";
import { Shop } from "./shop.ts";

Deno.test("M-14: what an invoice costs and gives is that of its price version", async (t) => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const { invoice_id } = await shop.invoice(user);
  const copy = (changes: Record<string, unknown>) =>
    shop.sql`insert into billing.invoices
      select (jsonb_populate_record(i, ${
      shop.sql.json({
        id: crypto.randomUUID(),
        number: crypto.randomUUID(),
        key: crypto.randomUUID(),
        ...changes,
      } as never)
    })).* from billing.invoices i where i.id = ${invoice_id}`;
  await copy({});
  for (
    const changes of [
      { amount: -1 },
      { amount: 1 },
      { currency: "zzz" },
      { currency: "EUR" },
      { credits: 99_999 },
      { price_id: crypto.randomUUID() },
    ]
  ) {
    await t.step(JSON.stringify(changes), () => assert.rejects(copy(changes), { code: /^23/ }));
  }
});

Deno.test("M-14: the terms of an invoice and of a price never change", async (t) => {
  await using shop = await Shop.open();
  await shop.invoice(await shop.kernel.user());
  for (
    const tampering of [
      "update billing.invoices set amount = 1",
      "update billing.invoices set credits = 99999",
      "update billing.invoices set holder = gen_random_uuid()",
      "update billing.invoices set number = 'INV-1'",
      "delete from billing.invoices",
      "truncate billing.invoices cascade",
      "update billing.prices set amount = 1",
      "update billing.prices set credits = 99999",
      "delete from billing.prices",
      "update billing.rates set credits = 1",
      "delete from billing.refunds",
    ]
  ) {
    await t.step(tampering, () => assert.rejects(shop.sql.unsafe(tampering), /append-only/));
  }
});

Deno.test("M-14, X-13: money is a positive number of minor units of an ISO currency", async (t) => {
  await using shop = await Shop.open();
  for (
    const price of [
      "'USD', 0, 50",
      "'USD', -1, 50",
      "'USD', 500, 0",
      "'zzz', 500, 50",
      "'usd', 500, 50",
      "'XYZ', 500, 50",
      "null, 500, 50",
    ]
  ) {
    await t.step(
      price,
      () =>
        assert.rejects(
          shop.sql.unsafe(`select billing.publish_price('acme', 'odd', ${price})`),
          { code: /^23/ },
        ),
    );
  }
  const [row] = await shop.sql`select count(*)::int as codes,
    max(exponent) filter (where code = 'JPY')::int as yen from billing.currencies`;
  assert.equal(row!.codes > 150, true);
  assert.equal(row!.yen, 0);
});

Deno.test("M-15: an invoice's number is unique for its provider, not for all", async () => {
  await using shop = await Shop.open();
  const { invoice_id, number } = await shop.invoice(await shop.kernel.user());
  const copy = (provider: string) =>
    shop.sql`insert into billing.invoices
      select (jsonb_populate_record(i, ${
      shop.sql.json({ id: crypto.randomUUID(), key: crypto.randomUUID(), number, provider })
    })).* from billing.invoices i where i.id = ${invoice_id}`;
  await copy("telegram");
  await assert.rejects(copy("stripe"), { code: "23505" });
});

Deno.test("M-15: a checkout session and a payment belong to one invoice", async () => {
  await using shop = await Shop.open();
  const [one, two] = [await shop.paid(), await shop.sale()];
  const { invoice_id } = await shop.invoice(two.user);
  await assert.rejects(shop.attach(invoice_id, one.session), { code: "23505" });
  assert.deepEqual(
    await shop.event({
      kind: "checkout_paid",
      checkout_session_id: two.session,
      payment_intent_id: one.intent,
      amount: 500,
      currency: "usd",
    }).then(({ outcome, reason }) => ({ outcome, reason })),
    { outcome: "dead", reason: "invoice_mismatch" },
  );
});
