import assert from "node:assert/strict";
import { payment, type Sale, Shop } from "./shop.ts";

type Due = { invoice_id: string; checkout_session_id: string | null };

const expire = (shop: Shop, sale: { invoice_id: string }) =>
  shop.kernel.service<{ state: string; expired: boolean }>("expire_invoice", {
    invoice_id: sale.invoice_id,
  });

Deno.test("X-07, M-13: an unpaid invoice is due after one hour and expires once", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  assert.deepEqual(await shop.kernel.service<Due[]>("due_invoices"), []);
  assert.equal((await expire(shop, sale)).expired, false);
  await shop.kernel.database.advanceClock("1 hour");
  const [due] = await shop.kernel.service<Due[]>("due_invoices");
  assert.equal(due!.checkout_session_id, sale.session);
  assert.deepEqual(
    (await Promise.all([expire(shop, sale), expire(shop, sale)])).map((e) => e.state),
    [
      "expired",
      "expired",
    ],
  );
  assert.deepEqual(await shop.kernel.service<Due[]>("due_invoices"), []);
  assert.deepEqual(await shop.kernel.topics(), ["invoice.opened", "invoice.expired"]);
});

Deno.test("M-13: an invoice that never got a checkout expires as well", async () => {
  await using shop = await Shop.open();
  const invoice = await shop.invoice(await shop.kernel.user());
  await shop.kernel.database.advanceClock("61 minutes");
  const [due] = await shop.kernel.service<Due[]>("due_invoices");
  assert.equal(due!.checkout_session_id, null);
  assert.equal((await expire(shop, invoice)).state, "expired");
});

Deno.test("X-07: a reader sees an invoice past its time as expired before any sweep ran", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  await shop.invoice(user, { key: "k" });
  await shop.kernel.database.advanceClock("1 hour");
  assert.equal((await shop.invoice(user, { key: "k" })).state, "expired");
});

Deno.test("due invoices come oldest first and no more than asked for", async () => {
  await using shop = await Shop.open();
  const user = await shop.kernel.user();
  const first = await shop.invoice(user);
  await shop.kernel.database.advanceClock("1 minute");
  await shop.invoice(user);
  await shop.kernel.database.advanceClock("2 hours");
  const due = await shop.kernel.service<Due[]>("due_invoices", { max: 1 });
  assert.deepEqual(due.map((row) => row.invoice_id), [first.invoice_id]);
});

Deno.test("M-13: money for an expired invoice is honoured", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.kernel.database.advanceClock("2 hours");
  await expire(shop, sale);
  assert.equal((await shop.event(payment(sale))).state, "paid");
  assert.equal(await shop.kernel.available(sale.user), 50);
});

Deno.test("M-13: money for a cancelled invoice is honoured", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  await shop.kernel.call("authenticated", sale.user, "cancel_invoice", {
    invoice_id: sale.invoice_id,
  });
  assert.equal((await shop.event(payment(sale))).state, "paid");
  assert.equal(await shop.kernel.available(sale.user), 50);
});

Deno.test("M-07, M-13: payment, expiry and the provider's expiry at once always end in paid", async () => {
  await using shop = await Shop.open();
  const sales: Sale[] = [];
  for (let i = 0; i < 20; i++) sales.push(await shop.sale());
  await shop.kernel.database.advanceClock("1 hour");
  await Promise.all(sales.flatMap((sale) => [
    expire(shop, sale),
    shop.event(payment(sale), `evt_${sale.number}`),
    shop.event({ kind: "checkout_expired", checkout_session_id: sale.session }),
    expire(shop, sale),
    shop.event(payment(sale), `evt_${sale.number}`),
  ]));
  for (const sale of sales) {
    assert.equal(await shop.state(sale), "paid");
    assert.equal(await shop.kernel.available(sale.user), 50);
  }
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("a finished checkout whose money is on its way does not expire", async () => {
  await using shop = await Shop.open();
  const [good, bad] = [await shop.sale(), await shop.sale()];
  for (const sale of [good, bad]) {
    await shop.event({ kind: "checkout_processing", checkout_session_id: sale.session });
  }
  await shop.kernel.database.advanceClock("3 days");
  assert.deepEqual(await shop.kernel.service<Due[]>("due_invoices"), []);
  assert.equal((await expire(shop, good)).state, "pending");
  assert.equal((await shop.event(payment(good))).state, "paid");
  const failed = { kind: "checkout_failed", checkout_session_id: bad.session };
  assert.equal((await shop.event(failed)).state, "cancelled");
  assert.equal(await shop.kernel.available(bad.user), 0);
});

Deno.test("news that the money is on its way does not reopen an invoice when it comes late", async () => {
  await using shop = await Shop.open();
  const sale = await shop.sale();
  const processing = { kind: "checkout_processing", checkout_session_id: sale.session };
  await shop.event({ kind: "checkout_failed", checkout_session_id: sale.session });
  assert.equal((await shop.event(processing)).outcome, "ignored");
  assert.equal(await shop.state(sale), "cancelled");
});

Deno.test("the provider's failure or expiry after the payment changes nothing", async () => {
  await using shop = await Shop.open();
  const sale = await shop.paid();
  for (const kind of ["checkout_expired", "checkout_failed", "checkout_processing"]) {
    const verdict = await shop.event({ kind, checkout_session_id: sale.session });
    assert.deepEqual([verdict.outcome, verdict.state], ["ignored", "paid"]);
  }
});

Deno.test("an unknown invoice cannot be expired", async () => {
  await using shop = await Shop.open();
  await assert.rejects(expire(shop, { invoice_id: crypto.randomUUID() }), { message: "not_found" });
});
