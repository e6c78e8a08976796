import assert from "node:assert/strict";
import { inSetting } from "../harness/setting.ts";
import { type Ledger, newKey, type Outcome } from "../database/ledger/ledger.ts";
import { openRace, race, times } from "./race.ts";

/** One call of each kind, ready to be made with a key; what it changes shows in the balance of `holder`. */
type Prepare = (ledger: Ledger, holder: string) => Promise<(key: string) => Promise<Outcome>>;

const calls: Record<string, Prepare> = {
  grant: (ledger, holder) => Promise.resolve((key) => ledger.grant(holder, 5, {}, key)),
  debit: (ledger, holder) => Promise.resolve((key) => ledger.debit(holder, 5, key)),
  hold: (ledger, holder) => Promise.resolve((key) => ledger.hold(holder, 5, key)),
  async capture(ledger, holder) {
    const { hold_id } = await ledger.hold(holder, 5);
    return (key) => ledger.capture(hold_id, 3, key);
  },
  async release(ledger, holder) {
    const { hold_id } = await ledger.hold(holder, 5);
    return (key) => ledger.release(hold_id, key);
  },
  async refund(ledger, holder) {
    const { entry_id } = await ledger.debit(holder, 20);
    return (key) => ledger.refund(holder, entry_id, 5, key);
  },
  async revoke(ledger, holder) {
    const { grant_id } = await ledger.grant(holder, 20);
    return (key) => ledger.revoke(grant_id, 5, key);
  },
  async reinstate(ledger, holder) {
    const { grant_id } = await ledger.grant(holder, 20);
    await ledger.revoke(grant_id, 20);
    return (key) => ledger.reinstate(grant_id, 5, key);
  },
  async transfer(ledger, holder) {
    const other = await ledger.holder();
    return (key) => ledger.transfer(holder, other, 5, key);
  },
};

for (const [name, prepare] of Object.entries(calls)) {
  Deno.test(`X-04: ${name} with the same key 100 times at once happens once, and all get its answer`, async () => {
    await using ledger = await openRace();
    for (let round = 0; round < inSetting(1, 40); round++) {
      const holder = await ledger.holderWith(100);
      const call = await prepare(ledger, holder);
      const key = newKey();
      const outcomes = await race(ledger, { holder, atTheGate: times(100, () => () => call(key)) });
      const [first, ...more] = outcomes.filter((outcome) => !outcome.replayed);
      assert.deepEqual(more, []);
      for (const outcome of outcomes) assert.deepEqual({ ...outcome, replayed: false }, first);
      assert.deepEqual(await ledger.verify(), []);
    }
  });
}

Deno.test("one key for 64 different requests at once: one is made, the others conflict", async () => {
  await using ledger = await openRace();
  const holder = await ledger.holderWith(10_000);
  const conflict = (amount: number) =>
    ledger.debit(holder, amount, "key").catch((reason) => reason);
  const outcomes = await race(ledger, {
    holder,
    atTheGate: times(64, (n) => () => conflict(n + 1)),
  });
  const made = outcomes.filter((outcome) => "entry_id" in outcome);
  assert.equal(made.length, 1);
  assert.equal(
    outcomes.filter((outcome) => "message" in outcome && outcome.message === "idempotency_conflict")
      .length,
    63,
  );
  assert.equal((await ledger.balance(holder)).posted, 10_000 - made[0]!.amount);
});
