import assert from "node:assert/strict";
import { inSetting } from "../harness/setting.ts";
import { newKey } from "../database/ledger/ledger.ts";
import { openRace, race, racers, times, winners } from "./race.ts";

Deno.test("capture, release and expiry of one hold at once: exactly one wins, and the others name it", async () => {
  await using ledger = await openRace();
  const holder = await ledger.holderWith(10_000);
  const runOut = () => ledger.advanceClock("2 minutes");
  const ends: Record<string, number> = { captured: 0, released: 0, expired: 0 };
  for (let round = 0; round < inSetting(24, 600); round++) {
    const before = await ledger.balance(holder);
    const { hold_id } = await ledger.hold(holder, 7, newKey(), "1 minute");
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(
        racers,
        (n) => n % 2 === round % 2 ? () => ledger.capture(hold_id) : () => ledger.release(hold_id),
      ),
      // In one round of three its time runs out before any of them has it, in one at the same moment, in one not.
      ...[
        {},
        { whileWaiting: runOut },
        { withTheGun: [runOut, () => ledger.sql`select ledger.expire_holds()`] },
      ][round % 3],
    });
    await ledger.sql`select ledger.expire_holds()`;
    const [hold] = await ledger.sql`select state, captured from ledger.holds where id = ${hold_id}`;
    const { state } = hold!;
    ends[state]!++;

    assert.equal(winners(outcomes).length, state === "expired" ? 0 : 1, state);
    for (const { refusal } of outcomes) assert.equal(refusal?.state ?? state, state);
    const spent = state === "captured" ? 7 : 0;
    const posted = before.posted - spent;
    assert.deepEqual(await ledger.balance(holder), { posted, pending: 0, available: posted });
  }
  assert.ok(ends.captured! + ends.released! > 0 && ends.expired! > 0, JSON.stringify(ends));
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("captures that come second take nothing, though another hold has as much pending", async () => {
  await using ledger = await openRace();
  const holder = await ledger.holderWith(100);
  await ledger.hold(holder, 7);
  const { hold_id } = await ledger.hold(holder, 7);
  const outcomes = await race(ledger, {
    holder,
    atTheGate: times(racers, () => () => ledger.capture(hold_id, 5)),
  });
  assert.equal(winners(outcomes).length, 1);
  for (const { refusal } of outcomes) assert.equal(refusal?.state ?? "captured", "captured");
  assert.deepEqual(await ledger.balance(holder), { posted: 95, pending: 7, available: 88 });
  await ledger.debit(holder, 1);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("parts of one hold captured at once: one part is taken, the rest is free again", async () => {
  await using ledger = await openRace();
  const holder = await ledger.holder();
  await ledger.grant(holder, 500, { expires_at: await ledger.fromNow("1 day") });
  for (let round = 0; round < inSetting(4, 100); round++) {
    const before = await ledger.balance(holder);
    const { hold_id } = await ledger.hold(holder, 64);
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(racers, (n) => () => ledger.capture(hold_id, n + 1)),
    });
    const [winner, ...others] = winners(outcomes);
    assert.deepEqual(others, []);
    assert.equal(winner!.captured + winner!.released, 64);
    const posted = before.posted - winner!.captured;
    assert.deepEqual(await ledger.balance(holder), { posted, pending: 0, available: posted });
    await ledger.grant(holder, winner!.captured, { expires_at: await ledger.fromNow("1 day") });
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("debits, holds and transfers reach for the last credit at once: exactly one gets it", async () => {
  await using ledger = await openRace();
  const other = await ledger.holderWith(1);
  for (let round = 0; round < inSetting(6, 200); round++) {
    const holder = await ledger.holderWith(1);
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(racers, (n) =>
        [
          () => ledger.debit(holder, 1),
          () => ledger.hold(holder, 1),
          () => ledger.transfer(holder, other, 1),
        ][n % 3]!),
    });
    assert.equal(winners(outcomes).length, 1);
    assert.equal((await ledger.balance(holder)).available, 0);
  }
  assert.deepEqual(await ledger.verify(), []);
});
