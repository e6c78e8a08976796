import assert from "node:assert/strict";
import fc from "fast-check";
import { Ledger, newKey, type Outcome } from "../database/ledger/ledger.ts";

/** One step of a random program; amounts in credits, times in minutes, `pick` chooses among what exists. */
type Step =
  | { call: "grant"; amount: number; minutes: number | null; promotional: boolean }
  | { call: "debit" | "transfer"; amount: number }
  | { call: "hold"; amount: number; minutes: number }
  | { call: "capture" | "refund" | "revoke"; pick: number; amount: number }
  | { call: "release" | "retry"; pick: number }
  | { call: "wait"; minutes: number }
  | { call: "sweep" };

const amount = fc.integer({ min: 1, max: 30 });
const minutes = fc.integer({ min: 1, max: 90 });
const pick = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    call: fc.constant("grant" as const),
    amount,
    minutes: fc.option(minutes),
    promotional: fc.boolean(),
  }),
  fc.record({ call: fc.constantFrom("debit" as const, "transfer" as const), amount }),
  fc.record({ call: fc.constant("hold" as const), amount, minutes }),
  fc.record({
    call: fc.constantFrom("capture" as const, "refund" as const, "revoke" as const),
    pick,
    amount,
  }),
  fc.record({ call: fc.constantFrom("release" as const, "retry" as const), pick }),
  fc.record({ call: fc.constant("wait" as const), minutes }),
  fc.record({ call: fc.constant("sweep" as const) }),
);

/** Runs programs against the database and remembers what they made. */
class Machine {
  readonly #holds: string[] = [];
  readonly #spent: string[] = [];
  readonly #grants: string[] = [];
  readonly #calls: { repeat: () => Promise<Outcome>; first: Outcome }[] = [];

  constructor(readonly ledger: Ledger, readonly holder: string, readonly other: string) {}

  async run(next: Step): Promise<void> {
    const { ledger, holder, other } = this;
    const key = newKey();
    switch (next.call) {
      case "grant": {
        const expires_at = next.minutes === null
          ? undefined
          : await ledger.fromNow(`${next.minutes} minutes`);
        const terms = { category: next.promotional ? "promotional" as const : "paid" as const };
        const outcome = await this.#keep(() =>
          ledger.grant(holder, next.amount, { ...terms, ...(expires_at && { expires_at }) }, key)
        );
        return void this.#grants.push(outcome.grant_id);
      }
      case "debit": {
        const outcome = await this.#keep(() => ledger.debit(holder, next.amount, key));
        return void (outcome.refusal || this.#spent.push(outcome.entry_id));
      }
      case "transfer":
        return void await this.#keep(() => ledger.transfer(holder, other, next.amount, key));
      case "hold": {
        const outcome = await this.#keep(() =>
          ledger.hold(holder, next.amount, key, `${next.minutes} minutes`)
        );
        return void (outcome.refusal || this.#holds.push(outcome.hold_id));
      }
      case "capture": {
        const hold = this.#holds[next.pick % this.#holds.length];
        if (hold === undefined) return;
        const outcome = await this.#keep(() => ledger.capture(hold, null, key));
        return void (outcome.refusal || this.#spent.push(outcome.entry_id));
      }
      case "refund": {
        const entry = this.#spent[next.pick % this.#spent.length];
        return void (entry &&
          await this.#keep(() => ledger.refund(holder, entry, next.amount, key)));
      }
      case "revoke": {
        const grant = this.#grants[next.pick % this.#grants.length];
        return void (grant && await this.#keep(() => ledger.revoke(grant, next.amount, key)));
      }
      case "release": {
        const hold = this.#holds[next.pick % this.#holds.length];
        return void (hold && await this.#keep(() => ledger.release(hold, key)));
      }
      case "retry": {
        const call = this.#calls[next.pick % this.#calls.length];
        if (call) assert.deepEqual(await call.repeat(), { ...call.first, replayed: true });
        return;
      }
      case "wait":
        return await ledger.advanceClock(`${next.minutes} minutes`);
      case "sweep":
        return void await ledger.sql`select ledger.expire_holds(), ledger.expire_grants()`;
    }
  }

  async #keep(call: () => Promise<Outcome>): Promise<Outcome> {
    const first = await call();
    this.#calls.push({ repeat: call, first });
    return first;
  }
}

Deno.test("random programs leave a ledger that agrees with itself, never below zero, and answers retries alike", async () => {
  await using ledger = await Ledger.open();
  const programs = fc.asyncProperty(
    fc.array(step, { minLength: 5, maxLength: 40 }),
    async (program) => {
      const machine = new Machine(ledger, await ledger.holder(), await ledger.holder());
      for (const next of program) {
        const before = await ledger.balance(machine.holder);
        await machine.run(next);
        const after = await ledger.balance(machine.holder);
        assert.ok(
          after.available >= 0 && after.pending >= 0,
          JSON.stringify({ before, next, after }),
        );
        const spendable = (await ledger.remaining(machine.holder)).reduce(
          (sum, part) => sum + part,
          0,
        );
        // A live hold keeps its part of an expired grant posted, though no grant shows it.
        assert.ok(
          after.available <= spendable && spendable <= after.posted,
          JSON.stringify({ before, next, after, spendable }),
        );
      }
      assert.deepEqual(await ledger.verify(), []);
    },
  );
  await fc.assert(programs, { numRuns: 40 });
});
