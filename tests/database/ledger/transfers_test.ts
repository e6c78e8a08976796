import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("a transfer moves credits with their category and expiry", async () => {
  await using ledger = await Ledger.open();
  const [from, to] = [await ledger.holderWith(10), await ledger.holderWith(1)];
  await ledger.grant(from, 5, {
    category: "promotional",
    expires_at: await ledger.fromNow("1 hour"),
  });
  const outcome = await ledger.transfer(from, to, 8);
  assert.equal(outcome.balance.available, 7);
  assert.deepEqual(await ledger.remaining(to), [5, 1, 3]);
  await ledger.advanceClock("2 hours");
  assert.equal((await ledger.balance(to)).available, 4);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a transfer is made once for each key, and refused beyond what is available", async () => {
  await using ledger = await Ledger.open();
  const [from, to] = [await ledger.holderWith(10), await ledger.holder()];
  const first = await ledger.transfer(from, to, 8, "key");
  assert.deepEqual(await ledger.transfer(from, to, 8, "key"), { ...first, replayed: true });
  assert.equal((await ledger.transfer(from, to, 3)).refusal?.available, 2);
  assert.equal((await ledger.balance(to)).posted, 8);
});

Deno.test("a transfer to oneself is refused", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await assert.rejects(ledger.transfer(holder, holder, 1), {
    code: "PT422",
    message: "invalid_request",
  });
});
