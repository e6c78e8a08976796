import assert from "node:assert/strict";
import { type Ledger, newKey, type Outcome } from "../database/ledger/ledger.ts";
import { openRace, race } from "./race.ts";

/** Each spends 5 of a holder's credits, or of what `hold` has reserved of them. */
const calls: Record<string, (ledger: Ledger, holder: string, hold: string) => Promise<Outcome>> = {
  debit: (ledger, holder) => ledger.debit(holder, 5),
  hold: (ledger, holder) => ledger.hold(holder, 5),
  capture: (ledger, _holder, hold) => ledger.capture(hold),
  debit_many: async (ledger, holder) => {
    const lines = ledger.sql.json([{ holder, amount: 5, key: newKey(), feature: "test" }]);
    const [row] = await ledger.sql`select ledger.debit_many('modera', ${lines}) as outcomes`;
    return row!["outcomes"][0];
  },
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`a ${name} that waits while its account becomes metered says which grants it takes from`, async () => {
    await using ledger = await openRace();
    const holder = await ledger.holderWith(50);
    const { hold_id } = await ledger.hold(holder, 5);
    const [outcome] = await race(ledger, {
      holder,
      atTheGate: [() => call(ledger, holder, hold_id)],
      whileWaiting: (inside) =>
        inside`select ledger.grant_credits('modera', ${holder}, 30, ${newKey()}, expires_at => private.now() + interval '1 day')`,
    });
    assert.equal(outcome!.amount, 5);
    assert.deepEqual(await ledger.verify(), []);
  });
}
