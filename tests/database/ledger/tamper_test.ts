import assert from "node:assert/strict";
import { newKey } from "./ledger.ts";
import { type Column, type Row, tamperedLedger } from "./tampering.ts";

for (
  const attack of [
    "update ledger.entries set amount = -1",
    "delete from ledger.entries",
    "truncate ledger.entries",
  ]
) {
  Deno.test(`M-21: the owner of the table is refused: ${attack}`, async () => {
    await using world = await tamperedLedger();
    await assert.rejects(world.ledger.sql.unsafe(attack), /append-only/);
  });
}

Deno.test("accounts, grants, holds and attempts cannot be deleted", async () => {
  await using world = await tamperedLedger();
  for (const table of ["holders", "accounts", "grants", "holds", "attempts"]) {
    await assert.rejects(
      world.ledger.sql.unsafe(`delete from ledger.${table}`),
      /append-only/,
      table,
    );
  }
});

/** A value that a column does not have, by its type. */
function another({ name, type }: Column, entry: Row): string {
  if (name === "account_id") return "account_id + 1000";
  if (name === "sequence") return "sequence + 1000";
  if (name === "kind") {
    return Number(entry.amount) > 0 ? swap("refund", "grant") : swap("debit", "capture");
  }
  if (type === "jsonb") return `'[{"grant": "x", "amount": "y"}]'::jsonb`;
  if (type === "bytea") return "sha256('x')";
  if (type === "uuid") return "gen_random_uuid()";
  if (type === "text") return `coalesce(${name}, '') || 'x'`;
  if (type === "timestamp with time zone") return `coalesce(${name}, now()) - interval '1 us'`;
  return `coalesce(${name}, 0) + 1`;
}

function swap(one: string, other: string): string {
  return `case when kind = '${one}' then '${other}' else '${one}' end::ledger.entry_kind`;
}

Deno.test("M-21: an edit of any column of any entry is found, and verify names that entry first", async (t) => {
  await using world = await tamperedLedger();
  const entries = await world.rows("entries");
  for (const column of await world.columns("entries")) {
    await t.step(column.name, async () => {
      for (const entry of entries) {
        const where = `account_id = ${entry.account_id} and sequence = ${entry.sequence}`;
        const found = await world.afterwards(
          `update ledger.entries set ${column.name} = ${another(column, entry)} where ${where}`,
        );
        const first = found.find(({ account_id }) => account_id === entry.account_id);
        assert.equal(
          String(first?.detail.sequence),
          entry.sequence,
          `${entry.kind} ${where}: ${JSON.stringify(found)}`,
        );
      }
    });
  }
});

Deno.test("M-21: a deleted entry is found and named, wherever it stood", async () => {
  await using world = await tamperedLedger();
  for (const { account_id, sequence } of await world.rows("entries")) {
    const found = await world.afterwards(
      `delete from ledger.entries where account_id = ${account_id} and sequence = ${sequence}`,
    );
    const first = found.find((difference) => difference.account_id === account_id);
    assert.equal(first?.problem, "entry_missing");
    assert.equal(String(first?.detail.sequence), sequence);
  }
});

Deno.test("M-21: entries in another order are found, and the first of them is named", async () => {
  await using world = await tamperedLedger();
  const found = await world.afterwards(`
    update ledger.entries set sequence = sequence + 1000 where account_id = 1 and sequence in (2, 3);
    update ledger.entries set sequence = 1005 - sequence where account_id = 1 and sequence > 1000`);
  assert.equal(String(found[0]?.detail.sequence), "2");
  assert.ok(found.some(({ problem }) => problem === "entry_hash"));
});

const forged = (sequence: string, hash: string) => `
  insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after, key, fingerprint, created_at, hash)
  select a.id, ${sequence}, 'grant', 500, a.available + a.pending + 500, a.pending, '${newKey()}', '', private.now(), ${hash}
  from ledger.accounts a where a.id = 1`;
const credited =
  "available = available + 500, sequence = sequence + 1, last_entry_at = private.now()";

for (
  const [name, attack, problem] of [
    ["behind the newest", forged("a.sequence + 1", "sha256('x')"), "entry_stray"],
    ["far behind the newest", forged("a.sequence + 9", "sha256('x')"), "entry_missing"],
    [
      "with the account brought in line",
      `${forged("a.sequence + 1", "sha256('x')")};
      update ledger.accounts set ${credited}, head = sha256('x') where id = 1`,
      "entry_hash",
    ],
    [
      "with its hash and the account brought in line",
      `${forged("a.sequence + 1", "''")};
      update ledger.entries e set hash = ledger.entry_hash(a.head, e)
      from ledger.accounts a where a.id = 1 and e.account_id = 1 and e.sequence = a.sequence + 1;
      update ledger.accounts set ${credited},
        head = (select hash from ledger.entries where account_id = 1 order by sequence desc limit 1) where id = 1`,
      "grant_missing",
    ],
  ] as const
) {
  Deno.test(`M-21: an inserted entry is found and named, ${name}`, async () => {
    await using world = await tamperedLedger();
    const newest = (await world.rows("entries")).filter(({ account_id }) =>
      account_id === "1"
    ).length;
    const found = await world.afterwards(attack);
    assert.equal(String(found[0]?.detail.sequence), String(newest + 1), JSON.stringify(found));
    assert.ok(found.some((difference) => difference.problem === problem), JSON.stringify(found));
  });
}

/** Every hash of an account's chain made again, and its head: who can write everything can do this. */
const rehashed = `
  do $$ declare e ledger.entries; previous bytea;
  begin
    select ledger.genesis_hash(product, holder, unit) into previous from ledger.accounts where id = 1;
    for e in select * from ledger.entries where account_id = 1 order by sequence loop
      previous := ledger.entry_hash(previous, e);
      update ledger.entries set hash = previous where account_id = 1 and sequence = e.sequence;
    end loop;
    update ledger.accounts set head = previous where id = 1;
  end $$`;

for (
  const [change, problem] of [
    ["posted_after = posted_after + 1", "entry_balance"],
    ["amount = amount * 2", "entry_balance"],
    ["created_at = created_at - interval '1 year'", "entry_time"],
  ] as const
) {
  Deno.test(`M-21: an entry with ${change} is found and named, though every hash was made again`, async () => {
    await using world = await tamperedLedger();
    const found = await world.afterwards(
      `update ledger.entries set ${change} where account_id = 1 and sequence = 3; ${rehashed}`,
    );
    assert.ok(
      found.some((one) => one.problem === problem && String(one.detail.sequence) === "3"),
      JSON.stringify(found),
    );
  });
}

/**
 * What verify does not find, of all columns of all rows: words, answers to retries, and times of what is over. Nothing here
 * moves a credit or lets one be spent.
 */
const unfound: Record<string, string[]> = {
  accounts: ["created_at of any", "low_at of any", "metered of empty", "next_change_at of empty"],
  grants: ["created_at of scheduled"],
  holds: [
    "balance_after of any",
    "id of expired",
    "id of open",
    "key of any",
    "reason of any",
    "receipt of captured",
    "receipt of expired",
    "receipt of released",
    "resolved_at of captured",
    "resolved_at of expired",
  ],
};

/** A value that a column of these tables does not have; some a thief would choose. */
function stolen(column: Column, row: Row): string {
  const chosen: Record<string, string> = {
    state: `case state when 'released' then 'expired' else 'released' end::ledger.hold_state`,
    category: `case category when 'paid' then 'promotional' else 'paid' end::ledger.grant_category`,
    next_change_at: "null",
    expires_at: "coalesce(expires_at, private.now()) + interval '1 day'",
  };
  return chosen[column.name] ??
    (column.type === "boolean" ? `not ${column.name}` : another(column, row));
}

function labelOf(table: string, row: Row): string {
  if (table === "holds") return row.state!;
  if (table === "grants") return row.posted_sequence === null ? "scheduled" : "posted";
  return row.available === "0" ? "empty" : "busy";
}

for (const table of ["accounts", "grants", "holds"]) {
  Deno.test(`M-21: an edit of any column of ${table} is found, but of those that decide nothing`, async () => {
    await using world = await tamperedLedger();
    const rows = await world.rows(table);
    const labels = new Set(rows.map((row) => labelOf(table, row)));
    const unseen = new Map<string, Set<string>>();
    for (const row of rows) {
      for (const column of await world.columns(table)) {
        const value = stolen(column, row);
        const found = await world.afterwards(
          `update ledger.${table} set ${column.name} = ${value} where id = '${row.id}'`,
        );
        if (found.length > 0) continue;
        const seen = unseen.get(column.name) ?? new Set();
        unseen.set(column.name, seen.add(labelOf(table, row)));
      }
    }
    const listed = [...unseen].flatMap(([name, of]) =>
      of.size === labels.size ? [`${name} of any`] : [...of].map((label) => `${name} of ${label}`)
    );
    assert.deepEqual(listed.sort(), unfound[table]);
  });
}
