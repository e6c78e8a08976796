import assert from "node:assert/strict";
import { Ledger, type Outcome } from "./ledger.ts";

/** The three calls that write first and then find that their key was used. */
const calls: Record<string, (ledger: Ledger, holder: string, key: string) => Promise<Outcome>> = {
  debit: (ledger, holder, key) => ledger.debit(holder, 2, key),
  hold: (ledger, holder, key) => ledger.hold(holder, 2, key),
  capture: async (ledger, holder, key) =>
    ledger.capture((await ledger.hold(holder, 2)).hold_id, null, key),
};

for (const [earlier, first] of Object.entries(calls)) {
  for (const [later, second] of Object.entries(calls)) {
    if (earlier === later) continue;
    Deno.test(`a ${later} with the key of a ${earlier} is a conflict and leaves the account as it was`, async () => {
      await using ledger = await Ledger.open();
      const holder = await ledger.holderWith(50);
      const { balance } = await first(ledger, holder, "key");
      const pending = later === "capture" ? 2 : 0;
      await assert.rejects(second(ledger, holder, "key"), { message: "idempotency_conflict" });
      assert.deepEqual(await ledger.balance(holder), {
        posted: balance.posted,
        pending: balance.pending + pending,
        available: balance.available - pending,
      });
      await ledger.debit(holder, 1);
      assert.deepEqual(await ledger.verify(), []);
    });
  }
}

const inBulk = (ledger: Ledger, holder: string, key: string) =>
  ledger.sql`select ledger.debit_many('modera', ${
    ledger.sql.json([{ holder, amount: 2, key, feature: "test" }])
  })`;

/** Calls that use a key and leave no entry. */
const burners: Record<string, (ledger: Ledger, holder: string) => Promise<Outcome>> = {
  "a debit that was refused": (ledger, holder) => ledger.debit(holder, 1000, "key"),
  "a release": async (ledger, holder) =>
    ledger.release((await ledger.hold(holder, 2)).hold_id, "key"),
  "a hold": (ledger, holder) => ledger.hold(holder, 3, "key"),
};

for (const [burner, burn] of Object.entries(burners)) {
  Deno.test(`the key of ${burner} is burnt for every other call, which leaves the account as it was`, async () => {
    await using ledger = await Ledger.open();
    const [plain, metered] = [await ledger.holderWith(50), await ledger.holderWith(50)];
    await ledger.grant(metered, 50, { expires_at: await ledger.fromNow("1 day") });
    for (const holder of [plain, metered]) {
      await burn(ledger, holder);
      for (const [name, call] of Object.entries({ ...calls, inBulk })) {
        const { posted } = await ledger.balance(holder);
        const conflict = { message: "idempotency_conflict" };
        await assert.rejects(call(ledger, holder, "key"), conflict, name);
        assert.equal((await ledger.balance(holder)).posted, posted, name);
      }
    }
    assert.deepEqual(await ledger.verify(), []);
  });
}

Deno.test("a hold that was refused stays refused when there is enough, and leaves the account as it was", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  const refused = await ledger.hold(holder, 60, "key");
  await ledger.grant(holder, 50);
  assert.deepEqual(await ledger.hold(holder, 60, "key"), { ...refused, replayed: true });
  assert.deepEqual(await ledger.balance(holder), { posted: 100, pending: 0, available: 100 });
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("of 20 retries of one hold and one capture at once, one is done and the others answer alike", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(50);
  const holds = await Promise.all(
    Array.from({ length: 20 }, () => ledger.hold(holder, 3, "hold")),
  );
  assert.equal(holds.filter((hold) => !hold.replayed).length, 1);
  assert.equal(new Set(holds.map((hold) => hold.hold_id)).size, 1);
  const captures = await Promise.all(
    Array.from({ length: 20 }, () => ledger.capture(holds[0]!.hold_id, 2, "capture")),
  );
  assert.equal(captures.filter((capture) => !capture.replayed).length, 1);
  assert.equal(new Set(captures.map((capture) => capture.entry_id)).size, 1);
  assert.deepEqual(await ledger.balance(holder), { posted: 48, pending: 0, available: 48 });
  assert.deepEqual(await ledger.verify(), []);
});
