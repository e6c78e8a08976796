import assert from "node:assert/strict";
import { inSetting } from "../harness/setting.ts";
import { newKey } from "../database/ledger/ledger.ts";
import { openRace, race, racers, times, winners } from "./race.ts";

Deno.test("X-04: 64 debits of 1 at once against 40 take exactly 40", async () => {
  await using ledger = await openRace();
  for (let round = 0; round < inSetting(3, 100); round++) {
    const holder = await ledger.holderWith(40);
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(racers, () => () => ledger.debit(holder, 1)),
    });
    assert.equal(winners(outcomes).length, 40);
    assert.equal(
      outcomes.filter(({ refusal }) => refusal?.code === "insufficient_credits").length,
      24,
    );
    assert.deepEqual(await ledger.balance(holder), { posted: 0, pending: 0, available: 0 });
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("the first calls of a new holder at once make one account, and no debit goes below zero", async () => {
  await using ledger = await openRace();
  for (let round = 0; round < inSetting(4, 100); round++) {
    const holder = await ledger.holder();
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(
        racers,
        (n) => n % 2 ? () => ledger.debit(holder, 1) : () => ledger.grant(holder, 1),
      ),
    });
    const refused = outcomes.filter(({ refusal }) => refusal).length;
    assert.equal((await ledger.balance(holder)).posted, refused);
    const [row] = await ledger.sql`
      select count(*)::int as accounts from ledger.accounts where holder = ${holder}`;
    assert.equal(row!.accounts, 1);
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("64 refunds of one debit at once: exactly one wins, or as many parts as it has", async () => {
  await using ledger = await openRace();
  for (let round = 0; round < inSetting(4, 100); round++) {
    const holder = await ledger.holderWith(10);
    const { entry_id } = await ledger.debit(holder, 10);
    const part = [10, 3][round % 2]!;
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(racers, () => () => ledger.refund(holder, entry_id, part)),
    });
    const given = winners(outcomes).length;
    assert.equal(given, Math.floor(10 / part));
    for (const { refusal } of outcomes) {
      if (refusal) assert.equal(refusal.code, "refund_exceeds_entry");
    }
    assert.equal((await ledger.balance(holder)).posted, given * part);
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("a grant that expires while it is burnt: each credit is spent or expired, none twice", async () => {
  await using ledger = await openRace();
  const runOut = () => ledger.advanceClock("2 minutes");
  for (let round = 0; round < inSetting(10, 300); round++) {
    const holder = await ledger.holderWith(10);
    await ledger.grant(holder, 100, { expires_at: await ledger.fromNow("1 minute") });
    const outcomes = await race(ledger, {
      holder,
      atTheGate: times(racers, () => () => ledger.debit(holder, 1)),
      ...(round % 3
        ? { withTheGun: [runOut, () => ledger.sql`select ledger.expire_grants()`] }
        : { whileWaiting: runOut }),
    });
    await ledger.sql`select ledger.expire_grants()`;
    const spent = winners(outcomes).length;
    const [row] = await ledger.sql`
      select coalesce(-sum(e.amount), 0)::int as expired
      from ledger.entries e join ledger.accounts a on a.id = e.account_id
      where a.holder = ${holder} and e.kind = 'expiry'`;
    const { posted } = await ledger.balance(holder);
    assert.equal(posted + spent + row!.expired, 110);
    assert.ok(posted <= 10, "what expired cannot be spent");
  }
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("transfers in both directions at once neither deadlock nor lose a credit", async () => {
  await using ledger = await openRace();
  const count = inSetting(2_000, 20_000);
  const [one, two] = [await ledger.holderWith(50), await ledger.holderWith(50)];
  const outcomes = await race(ledger, {
    holder: one,
    atTheGate: times(
      count,
      (n) => n % 2 ? () => ledger.transfer(one, two, 1) : () => ledger.transfer(two, one, 1),
    ),
  });
  assert.equal(outcomes.length, count);
  for (const { refusal } of outcomes) {
    if (refusal) assert.equal(refusal.code, "insufficient_credits");
  }
  assert.ok(winners(outcomes).length > count / 2);
  assert.equal((await ledger.balance(one)).posted + (await ledger.balance(two)).posted, 100);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("first transfers to a new account at once do not deadlock", async () => {
  await using ledger = await openRace();
  for (let round = 0; round < inSetting(6, 100); round++) {
    const [one, two] = [await ledger.holderWith(100), await ledger.holder()];
    const outcomes = await race(ledger, {
      holder: one,
      atTheGate: times(racers, () => () => ledger.transfer(one, two, 1)),
    });
    assert.equal(winners(outcomes).length, racers);
    assert.equal((await ledger.balance(two)).posted, racers);
  }
});

Deno.test("batches in opposite orders do not deadlock, nor with transfers between their holders", async () => {
  await using ledger = await openRace();
  const holders = await Promise.all(times(5, () => ledger.holderWith(1_000)));
  const used = newKey();
  for (const holder of holders) await ledger.debit(holder, 1, used);
  const outcomes = await Promise.all(times(inSetting(200, 4_000), (n) => {
    // A key that is used makes a batch go one by one.
    const key = () => n % 3 ? newKey() : used;
    const debits = holders.map((holder) => ({ holder, amount: 1, key: key(), feature: "test" }));
    if (n % 2) debits.reverse();
    return n % 4 === 3
      ? ledger.transfer(holders[n % 5]!, holders[(n + 3) % 5]!, 1).then((outcome) => [outcome])
      : ledger.sql`select ledger.debit_many('modera', ${ledger.sql.json(debits)}) as outcomes`
        .then(([row]) => row!.outcomes);
  }));
  const debited = outcomes.flat().filter(({ refusal }) => !refusal).length;
  assert.ok(debited > 0);
  assert.deepEqual(await ledger.verify(), []);
});
