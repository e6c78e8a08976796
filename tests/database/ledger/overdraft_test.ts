import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("an agreed overdraft can be spent, is paid from what arrives, and passes verify", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(10);
  await ledger.sql`select ledger.agree_overdraft('modera', ${holder}, 20, 'invoiced monthly')`;
  assert.equal((await ledger.debit(holder, 25)).balance.posted, -15);
  assert.equal((await ledger.debit(holder, 6)).refusal?.available, 5);
  await ledger.grant(holder, 40, { expires_at: await ledger.fromNow("1 day") });
  assert.deepEqual(await ledger.remaining(holder), [25]);
  assert.deepEqual(await ledger.verify(), []);
});

Deno.test("an overdraft is not taken back below what is owed", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holder();
  await ledger.sql`select ledger.agree_overdraft('modera', ${holder}, 20, 'invoiced monthly')`;
  await ledger.debit(holder, 15);
  await assert.rejects(
    ledger.sql`select ledger.agree_overdraft('modera', ${holder}, 10, 'less')`,
    { code: "PT422", message: "invalid_amount" },
  );
  assert.deepEqual(await ledger.verify(), []);
});
