import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("refunds may be partial and never exceed the entry in total", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { entry_id } = await ledger.debit(holder, 8);
  await ledger.refund(holder, entry_id, 3);
  await ledger.refund(holder, entry_id, 4);
  assert.deepEqual((await ledger.refund(holder, entry_id, 2)).refusal, {
    code: "refund_exceeds_entry",
    refundable: 1,
  });
  assert.equal((await ledger.balance(holder)).posted, 9);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a refund restores the grants that were burnt, last burnt first", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.grant(holder, 5, { expires_at: await ledger.fromNow("1 hour") });
  const { entry_id } = await ledger.debit(holder, 8);
  assert.deepEqual(await ledger.remaining(holder), [7]);
  await ledger.refund(holder, entry_id, 4);
  assert.deepEqual(await ledger.remaining(holder), [1, 10]);
  await ledger.refund(holder, entry_id, 4);
  assert.deepEqual(await ledger.remaining(holder), [5, 10]);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a capture can be refunded, a grant or a refund cannot", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  const granted = await ledger.grant(holder, 10);
  const { hold_id } = await ledger.hold(holder, 4);
  const captured = await ledger.capture(hold_id);
  const refunded = await ledger.refund(holder, captured.entry_id, 4);
  await assert.rejects(ledger.refund(holder, granted.entry_id, 1), { message: "not_found" });
  await assert.rejects(ledger.refund(holder, refunded.entry_id, 1), { message: "not_found" });
});

Deno.test("another holder's entry cannot be refunded", async () => {
  await using ledger = await Ledger.open();
  const [holder, other] = [await ledger.holderWith(10), await ledger.holderWith(10)];
  const { entry_id } = await ledger.debit(holder, 8);
  await assert.rejects(ledger.refund(other, entry_id, 8), { code: "PT404", message: "not_found" });
});

Deno.test("a refund of what was spent before the account was metered restores the last burnt first", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { entry_id } = await ledger.debit(holder, 8);
  await ledger.grant(holder, 5, { expires_at: await ledger.fromNow("1 hour") });
  await ledger.refund(holder, entry_id, 8);
  assert.deepEqual(await ledger.remaining(holder), [5, 10]);
  assert.deepEqual(await ledger.verify(), []);
});
