import assert from "node:assert/strict";
import { Ledger, newKey } from "./ledger.ts";

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

Deno.test("transfers in both directions at once neither deadlock nor lose a credit", async () => {
  await using ledger = await Ledger.open();
  const [one, two] = [await ledger.holderWith(500), await ledger.holderWith(500)];
  const outcomes = await Promise.all(
    Array.from(
      { length: 300 },
      (_, i) =>
        i % 2 ? ledger.transfer(one, two, 1, newKey()) : ledger.transfer(two, one, 1, newKey()),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome.refusal).length, 0);
  const total = (await ledger.balance(one)).posted + (await ledger.balance(two)).posted;
  assert.equal(total, 1000);
  assert.deepEqual(await ledger.verify(), []);
});
