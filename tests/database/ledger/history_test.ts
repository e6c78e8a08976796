import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("the balance of any moment is the one that was seen then", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.grant(holder, 20, { expires_at: await ledger.fromNow("3 hours") });
  const seen: { at: Date; balance: unknown }[] = [];
  const look = async () => {
    await ledger.advanceClock("1 minute");
    seen.push({ at: await ledger.fromNow("0"), balance: await ledger.balance(holder) });
    await ledger.advanceClock("59 minutes");
  };
  await look();
  const { hold_id } = await ledger.hold(holder, 4, "hold", "1 day");
  await look();
  await ledger.debit(holder, 6);
  await look();
  await ledger.capture(hold_id, 2);
  await look();
  await ledger.sql`select ledger.expire_grants()`;
  await look();
  for (const { at, balance } of seen) {
    assert.deepEqual(await ledger.balance(holder, at), balance, at.toISOString());
  }
});

Deno.test("the statement pages from the newest entry to the first, each once", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(100);
  for (let i = 0; i < 7; i++) await ledger.debit(holder, 1);
  const amounts: number[] = [];
  let cursor: string | null = null;
  do {
    const [row]: { page: { entries: { balance_after: number }[]; next_cursor: string | null } }[] =
      await ledger
        .sql`select ledger.statement('modera', ${holder}, ${cursor}, 3) as page`;
    amounts.push(...row!.page.entries.map((entry) => entry.balance_after));
    cursor = row!.page.next_cursor;
  } while (cursor !== null);
  assert.deepEqual(amounts, [93, 94, 95, 96, 97, 98, 99, 100]);
});

Deno.test("a cursor or page size that is not ours is refused", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  for (const [cursor, size] of [["x", 3], ["-1", 3], [null, 0], [null, 201]] as const) {
    await assert.rejects(
      ledger.sql`select ledger.statement('modera', ${holder}, ${cursor}, ${size})`,
      { code: "PT422" },
    );
  }
});
