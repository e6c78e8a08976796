import assert from "node:assert/strict";
import type { TransactionSql } from "postgres";
import { Ledger } from "./ledger.ts";
import { superuserOf } from "./tampering.ts";

type Seal = { number: number; heads: number; digest: string; key_id: string };

/** A ledger with three sealed days, and a superuser whom no trigger stops. */
async function threeSealedDays() {
  const ledger = await Ledger.open();
  const superuser = superuserOf(ledger);
  await superuser`set session_replication_role = replica`;
  const holders = [await ledger.holderWith(100), await ledger.holderWith(100)];
  for (let day = 1; day <= 3; day++) {
    await ledger.debit(holders[0]!, day);
    if (day === 2) await ledger.debit(holders[1]!, 1);
    await seal(ledger);
    await ledger.advanceClock("1 day");
  }
  return {
    ledger,
    superuser,
    holders,
    async problems() {
      const rows = await ledger.sql`select * from ledger.verify_seals()`;
      return rows.map((row) => `${row.seal_number ?? "-"} ${row.problem}`);
    },
    async [Symbol.asyncDispose]() {
      await superuser.end({ timeout: 1 });
      await ledger[Symbol.asyncDispose]();
    },
  };
}

async function seal(ledger: Ledger): Promise<Seal> {
  const [row] = await ledger.sql`select ledger.seal() as seal`;
  return row!.seal;
}

Deno.test("a seal holds the accounts that moved since the last one, and an honest ledger passes", async () => {
  await using world = await threeSealedDays();
  const { ledger } = world;
  const rows = await ledger
    .sql`select number::int, heads::int, key_id from ledger.seals order by 1`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { number: 1, heads: 2, key_id: "ledger_seal_key/1" },
    { number: 2, heads: 2, key_id: "ledger_seal_key/1" },
    { number: 3, heads: 1, key_id: "ledger_seal_key/1" },
  ]);
  assert.equal((await seal(ledger)).heads, 0);
  assert.deepEqual(await world.problems(), []);
  assert.deepEqual(await ledger.verify(), []);
});

/** Rewrites history as well as can be: a cheaper second entry, all later balances, and every hash again. */
const rewriteHistory = `
  do $$ declare e ledger.entries; previous bytea := ledger.genesis_hash('modera', (select holder from ledger.accounts where id = 1), 'credits');
  begin
    update ledger.entries set amount = -1, posted_after = 99 where account_id = 1 and sequence = 2;
    update ledger.entries set amount = -1, posted_after = 98 where account_id = 1 and sequence = 3;
    update ledger.entries set posted_after = 95 where account_id = 1 and sequence = 4;
    for e in select * from ledger.entries where account_id = 1 order by sequence loop
      previous := ledger.entry_hash(previous, e);
      update ledger.entries set hash = previous where account_id = e.account_id and sequence = e.sequence;
    end loop;
    update ledger.accounts set available = 95, head = previous where id = 1;
  end $$`;

Deno.test("history that was rewritten with all its hashes passes verify and is found by the seals", async () => {
  await using world = await threeSealedDays();
  await world.superuser.unsafe(rewriteHistory);
  assert.deepEqual(await world.ledger.verify(), []);
  assert.deepEqual(await world.problems(), ["2 head_changed", "3 head_changed"]);
});

const forgeries: [name: string, attack: string, found: string[]][] = [
  ["a missing seal", "delete from ledger.seals where number = 2", [
    "2 seal_missing",
    "3 seal_digest",
  ]],
  [
    "the newest seal taken away with its heads",
    "delete from ledger.seals where number = 3; delete from ledger.sealed_heads where seal_number = 3",
    ["3 seal_missing"],
  ],
  ["an edited root", "update ledger.seals set root = sha256('x') where number = 2", [
    "2 seal_digest",
    "2 seal_heads",
  ]],
  [
    "an edited time",
    "update ledger.seals set sealed_at = sealed_at - interval '1 s' where number = 2",
    [
      "2 seal_digest",
    ],
  ],
  ["an edited digest", "update ledger.seals set digest = sha256('x') where number = 2", [
    "2 seal_digest",
    "2 seal_forged",
    "2 seal_signature",
    "3 seal_digest",
  ]],
  [
    "a signature by nobody's key",
    "update ledger.seals set signature = sha256('x') where number = 2",
    [
      "2 seal_signature",
    ],
  ],
  [
    "a key that is not in Vault",
    "update ledger.seals set key_id = 'ledger_seal_key/9' where number = 2",
    [
      "2 seal_signature",
    ],
  ],
  [
    "an edited head",
    "update ledger.sealed_heads set leaf = sha256('x') where seal_number = 2 and account_id = 1",
    [
      "2 seal_heads",
      "2 head_changed",
    ],
  ],
  ["a deleted head", "delete from ledger.sealed_heads where seal_number = 2 and account_id = 2", [
    "2 seal_heads",
    "- seal_overdue",
  ]],
  [
    "an account that changed hands",
    `update ledger.accounts set holder = case id when 1
      then '${crypto.randomUUID()}'::uuid else holder end`,
    [
      "1 head_changed",
      "2 head_changed",
      "3 head_changed",
    ],
  ],
  ["a deleted sealed entry", "delete from ledger.entries where account_id = 2 and sequence = 2", [
    "2 head_changed",
  ]],
];

for (const [name, attack, found] of forgeries) {
  Deno.test(`verify_seals finds ${name}`, async () => {
    await using world = await threeSealedDays();
    await world.superuser.unsafe(attack);
    assert.deepEqual(await world.problems(), found);
  });
}

Deno.test("a seal made anew with the stolen key is told from the one that the audit log remembers", async () => {
  await using world = await threeSealedDays();
  await world.superuser.unsafe(`
    ${rewriteHistory};
    update ledger.sealed_heads h set leaf = ledger.seal_leaf(a, h.sequence, e.hash)
    from ledger.accounts a, ledger.entries e
    where a.id = h.account_id and e.account_id = h.account_id and e.sequence = h.sequence;
    do $$ declare s ledger.seals; previous bytea := ''; begin
      for s in select * from ledger.seals order by number loop
        s.root := ledger.seal_root(s.number);
        s.digest := ledger.seal_digest(previous, s);
        previous := s.digest;
        update ledger.seals set root = s.root, digest = s.digest,
          signature = ledger.seal_signature(s.digest, s.key_id) where number = s.number;
      end loop;
    end $$`);
  assert.deepEqual(await world.problems(), ["2 seal_forged", "3 seal_forged"]);
});

Deno.test("after a rotation new seals are signed by the new key, and the old ones still hold", async () => {
  await using world = await threeSealedDays();
  const { ledger } = world;
  await ledger.sql`select ledger.rotate_seal_key()`;
  assert.equal((await seal(ledger)).key_id, "ledger_seal_key/2");
  assert.deepEqual(await world.problems(), []);
});

Deno.test("entries that no seal covered for two days are reported, and the nightly proof fails", async () => {
  await using world = await threeSealedDays();
  const { ledger, holders } = world;
  await ledger.debit(holders[0]!, 1);
  await ledger.advanceClock("3 days");
  assert.deepEqual(await world.problems(), ["- seal_overdue"]);
  await assert.rejects(ledger.sql`select private.prove_ledger()`, /seal_overdue/);
  await ledger.sql`select private.run_job('ledger-seal')`;
  assert.deepEqual(await world.problems(), []);
});

Deno.test("seals cannot be changed by the owner of their table", async () => {
  await using world = await threeSealedDays();
  for (const table of ["seals", "sealed_heads"]) {
    await assert.rejects(world.ledger.sql.unsafe(`delete from ledger.${table}`), /append-only/);
  }
});

Deno.test("the proof by seals reads no more of ten times the entries", async () => {
  const accounts = 200;
  const reads = async (entries: number) => {
    await using ledger = await Ledger.open();
    await fill(ledger, accounts, entries);
    await seal(ledger);
    await ledger.sql`vacuum analyze ledger.entries, ledger.accounts, ledger.sealed_heads`;
    return await ledger.sql.begin(async (sql) => {
      // What was read before may still be counted.
      const before = await entriesRead(sql);
      assert.deepEqual([...await sql`select * from ledger.verify_seals()`], []);
      return await entriesRead(sql) - before;
    });
  };
  const [few, many] = [await reads(50), await reads(500)];
  assert.equal(many, few);
  assert.ok(few <= accounts, `${few} entries`);
});

/** How many entries this connection has read. */
async function entriesRead(sql: TransactionSql): Promise<number> {
  const [row] = await sql`
    select (seq_tup_read + idx_tup_fetch)::integer as rows from pg_stat_xact_user_tables
    where relid = 'ledger.entries'::regclass`;
  return row?.["rows"];
}

/** Accounts with `entries` entries each, as a bulk load leaves them: heads right, balances of nobody's interest. */
async function fill(ledger: Ledger, accounts: number, entries: number): Promise<void> {
  await ledger.sql`
    insert into ledger.holders (product, holder)
    select 'modera', gen_random_uuid() from generate_series(1, ${accounts})`;
  await ledger.sql`
    insert into ledger.accounts (product, holder, sequence, head, available)
    select product, holder, ${entries}, sha256(int8send(${entries})), ${entries} from ledger.holders`;
  await ledger.sql`
    insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after, key, fingerprint, created_at, hash)
    select a.id, n, 'grant', 1, n, 0, n::text, '', private.now(), sha256(int8send(n))
    from ledger.accounts a, generate_series(1, ${entries}) n`;
}
