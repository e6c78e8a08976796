import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("a hold reserves, and what it reserved cannot be spent twice", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const hold = await ledger.hold(holder, 8);
  assert.deepEqual(hold.balance, { posted: 10, pending: 8, available: 2 });
  assert.equal((await ledger.debit(holder, 3)).refusal?.available, 2);
  assert.equal((await ledger.hold(holder, 3)).refusal?.available, 2);
});

Deno.test("a capture takes all", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { hold_id } = await ledger.hold(holder, 8);
  const captured = await ledger.capture(hold_id);
  assert.deepEqual([captured.captured, captured.released], [8, 0]);
  assert.deepEqual(captured.balance, { posted: 2, pending: 0, available: 2 });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a capture of part returns the rest", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { hold_id } = await ledger.hold(holder, 8);
  const captured = await ledger.capture(hold_id, 3);
  assert.deepEqual([captured.captured, captured.released], [3, 5]);
  assert.deepEqual(captured.balance, { posted: 7, pending: 0, available: 7 });
});

Deno.test("a capture of more than was held is refused by name", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { hold_id } = await ledger.hold(holder, 8);
  await assert.rejects(ledger.capture(hold_id, 9), { code: "PT422", message: "invalid_amount" });
  assert.equal((await ledger.balance(holder)).pending, 8);
});

Deno.test("M-17: a release gives back exactly the grants that were reserved", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.grant(holder, 5, { expires_at: await ledger.fromNow("1 hour") });
  const { hold_id } = await ledger.hold(holder, 8);
  const lots = await ledger
    .sql`select amount::int, reserved::int from ledger.grants order by expires_at`;
  assert.deepEqual([...lots], [
    { amount: 5, reserved: 5 },
    { amount: 10, reserved: 3 },
  ]);
  await ledger.release(hold_id);
  assert.deepEqual(await ledger.remaining(holder), [5, 10]);
  assert.equal((await ledger.balance(holder)).available, 15);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a hold that expires gives back the same grants, swept or not", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const { hold_id } = await ledger.hold(holder, 8, "key", "10 minutes");
  await ledger.advanceClock("10 minutes");
  assert.equal((await ledger.balance(holder)).available, 10);
  assert.equal((await ledger.capture(hold_id)).refusal?.code, "hold_expired");
  assert.equal((await ledger.debit(holder, 10)).balance.available, 0);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("X-07: the sweep times out due holds and no others", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.hold(holder, 2, "short", "10 minutes");
  await ledger.hold(holder, 3, "long", "1 hour");
  await ledger.advanceClock("11 minutes");
  await ledger.sql`select ledger.expire_holds()`;
  const states = await ledger.sql`select key, state from ledger.holds order by key`;
  assert.deepEqual([...states], [{ key: "long", state: "open" }, {
    key: "short",
    state: "expired",
  }]);
  assert.equal((await ledger.balance(holder)).pending, 3);
});

Deno.test("what a hold reserved outlives the grant's expiry, and leaves when it comes back", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  await ledger.grant(holder, 10, { expires_at: await ledger.fromNow("1 hour") });
  const kept = await ledger.hold(holder, 4, "kept", "1 day");
  const dropped = await ledger.hold(holder, 5, "dropped", "1 day");
  await ledger.advanceClock("2 hours");
  assert.equal((await ledger.capture(kept.hold_id)).captured, 4);
  await ledger.release(dropped.hold_id);
  assert.deepEqual(await ledger.balance(holder), { posted: 0, pending: 0, available: 0 });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a second resolution names the state the hold is in", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const one = await ledger.hold(holder, 1);
  await ledger.capture(one.hold_id);
  assert.deepEqual((await ledger.release(one.hold_id)).refusal?.state, "captured");
  const two = await ledger.hold(holder, 1);
  await ledger.release(two.hold_id);
  assert.deepEqual((await ledger.capture(two.hold_id)).refusal?.state, "released");
});

Deno.test("hold, capture and release give their first result again for the same key", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  const opened = await ledger.hold(holder, 8, "hold");
  const captured = await ledger.capture(opened.hold_id, 3, "capture");
  const other = await ledger.hold(holder, 1, "other");
  const released = await ledger.release(other.hold_id, "release");
  assert.deepEqual(await ledger.hold(holder, 8, "hold"), { ...opened, replayed: true });
  assert.deepEqual(await ledger.capture(opened.hold_id, 3, "capture"), {
    ...captured,
    replayed: true,
  });
  assert.deepEqual(await ledger.release(other.hold_id, "release"), { ...released, replayed: true });
  await assert.rejects(ledger.hold(holder, 7, "hold"), { message: "idempotency_conflict" });
  await assert.rejects(ledger.capture(opened.hold_id, 2, "capture"), {
    message: "idempotency_conflict",
  });
});

Deno.test("a hold that was never opened cannot be captured", async () => {
  await using ledger = await Ledger.open();
  await assert.rejects(ledger.capture(crypto.randomUUID()), {
    code: "PT404",
    message: "not_found",
  });
});
