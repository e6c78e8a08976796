import assert from "node:assert/strict";
import type { TransactionSql } from "postgres";
import { Ledger } from "./ledger.ts";

const calls = [
  "ledger.register_holder('modera', gen_random_uuid())",
  "ledger.anonymise_holder('modera', gen_random_uuid())",
  "ledger.grant_credits('modera', gen_random_uuid(), 1, 'k')",
  "ledger.debit('modera', gen_random_uuid(), 1, 'k', 'f')",
  "ledger.debit_many('modera', '[]')",
  "ledger.hold('modera', gen_random_uuid(), 1, 'k', 'f', '1 hour')",
  "ledger.capture(gen_random_uuid(), 'k')",
  "ledger.release(gen_random_uuid(), 'k', 'r')",
  "ledger.refund('modera', gen_random_uuid(), gen_random_uuid(), 1, 'k', 'r')",
  "ledger.revoke_grant(gen_random_uuid(), 1, 'k', 'r')",
  "ledger.reinstate_grant(gen_random_uuid(), 1, 'k', 'r')",
  "ledger.transfer('modera', gen_random_uuid(), gen_random_uuid(), 1, 'k', 'r')",
  "ledger.expire_holds()",
  "ledger.expire_grants()",
  "ledger.balance('modera', gen_random_uuid())",
  "ledger.live_grants('modera', gen_random_uuid())",
  "ledger.statement('modera', gen_random_uuid())",
  "ledger.verify()",
  "ledger.append(null, null)",
  "ledger.lock_account('modera', gen_random_uuid())",
  "api.debit('modera', gen_random_uuid(), 'k', null, 1)",
  "api.debit_many('modera', '[]')",
  "api.refund('modera', gen_random_uuid(), gen_random_uuid(), 1, 'k', 'r')",
  "api.verify_ledger()",
];

/** Runs `work` as an API role, with the claims of `user`. */
async function as<T>(
  ledger: Ledger,
  role: string,
  user: string,
  work: (tx: TransactionSql) => Promise<T>,
): Promise<T> {
  const result = await ledger.sql.begin(async (tx) => {
    await tx`select set_config('request.jwt.claims', ${
      JSON.stringify({ sub: user, role })
    }, true), set_config('role', ${role}, true)`;
    return { value: await work(tx) };
  });
  return result.value as T;
}

for (const role of ["anon", "authenticated"]) {
  Deno.test(`M-10, X-05: ${role} cannot call the functions that move value`, async (t) => {
    await using ledger = await Ledger.open();
    for (const call of calls) {
      await t.step(
        call,
        () =>
          assert.rejects(
            as(ledger, role, crypto.randomUUID(), (tx) => tx.unsafe(`select ${call}`)),
            { code: "42501" },
          ),
      );
    }
  });
}

for (const role of ["anon", "authenticated", "service_role"]) {
  Deno.test(`${role} cannot write a table of the ledger`, async (t) => {
    await using ledger = await Ledger.open();
    for (const table of ["holders", "accounts", "grants", "entries", "holds", "attempts"]) {
      for (
        const attack of [
          `insert into ledger.${table} default values`,
          `delete from ledger.${table}`,
        ]
      ) {
        await t.step(
          attack,
          () =>
            assert.rejects(as(ledger, role, crypto.randomUUID(), (tx) => tx.unsafe(attack)), {
              code: "42501",
            }),
        );
      }
    }
  });
}

Deno.test("X-01: no role can set a balance", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  for (const role of ["anon", "authenticated", "service_role"]) {
    await assert.rejects(
      as(ledger, role, holder, (tx) => tx`update ledger.accounts set available = 1000`),
      { code: "42501" },
    );
  }
});

Deno.test("an owner reads the own balance, grants and entries, and nobody else's", async () => {
  await using ledger = await Ledger.open();
  const [holder, other] = [await ledger.holderWith(5), await ledger.holderWith(9)];
  const seen = await as(ledger, "authenticated", holder, async (tx) => ({
    accounts: (await tx`select available::int from ledger.accounts`).map(({ available }) =>
      available
    ),
    entries: (await tx`select amount::int from ledger.entries`).map((row) => row.amount),
    grants: (await tx`select amount::int from ledger.grants`).map((row) => row.amount),
    balance:
      (await tx`select api.account_balance('modera') as answer`)[0]!.answer.balance.available,
    statement:
      (await tx`select api.account_statement('modera') as answer`)[0]!.answer.entries.length,
  }));
  assert.deepEqual(seen, { accounts: [5], entries: [5], grants: [5], balance: 5, statement: 1 });
  assert.notEqual(holder, other);
});

Deno.test("keys and fingerprints are not selectable", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  for (const column of ["key", "fingerprint", "receipt", "hash"]) {
    await assert.rejects(
      as(
        ledger,
        "authenticated",
        holder,
        (tx) => tx.unsafe(`select ${column} from ledger.entries`),
      ),
      {
        code: "42501",
      },
    );
  }
});

Deno.test("X-06: entries and balances stay when the holder is erased", async () => {
  await using ledger = await Ledger.open();
  const holder = await ledger.holderWith(5);
  await ledger.sql`select ledger.anonymise_holder('modera', ${holder})`;
  assert.equal((await ledger.balance(holder)).posted, 5);
  await assert.rejects(ledger.sql`delete from ledger.holders`, /append-only/);
});
