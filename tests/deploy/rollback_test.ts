import assert from "node:assert/strict";
import { StartFailure } from "../../packages/platform/failure.ts";
import { applyMigrations } from "../../packages/platform/postgres/migrations.ts";
import { type Database, freshDatabase } from "../harness/database.ts";
import { lintMigration } from "./migration_lint.ts";
import { factsOnlyIn, structureOf } from "./structure.ts";

const migrations = new URL("../../supabase/migrations/", import.meta.url);

/** A database with somebody who bought and spent, and the project's migrations in a folder that more can be added to. */
async function deployed() {
  const database = await freshDatabase(4);
  const { sql } = database;
  const folder = await Deno.makeTempDir({ prefix: "tessera-rollback-" });
  for (const { name } of Deno.readDirSync(migrations)) {
    await Deno.copyFile(new URL(name, migrations), `${folder}/${name}`);
  }
  const holder = crypto.randomUUID();
  await sql`select ledger.register_holder('modera', ${holder})`;
  await sql`select ledger.grant_credits('modera', ${holder}, 100, 'grant')`;
  await sql`select ledger.debit('modera', ${holder}, 7, 'before', 'tryon')`;
  return {
    sql,
    /** Writes a migration and pushes it, as `supabase db push` does. */
    async push(name: string, content: string): Promise<number> {
      await Deno.writeTextFile(`${folder}/${name}`, content);
      return await applyMigrations(sql, folder, "the database");
    },
    /** What a debit comes to. */
    async debit(key: string): Promise<Record<string, unknown>> {
      const [row] =
        await sql`select ledger.debit('modera', ${holder}, 1, ${key}, 'tryon') as outcome`;
      return row?.["outcome"];
    },
    rows: () => rowsOf(database),
    async [Symbol.asyncDispose]() {
      await database.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What the books hold, as one number. */
async function rowsOf({ sql }: Database): Promise<string> {
  const [row] = await sql`
    select md5(concat((select jsonb_agg(e order by e.account_id, e.sequence) from ledger.entries e)::text,
      (select jsonb_agg(a order by a.id) from ledger.accounts a)::text,
      (select jsonb_agg(s order by s.id) from modera.settings s)::text)) as rows`;
  return row?.["rows"];
}

/** A release that goes wrong: it adds things, and makes every debit fail. */
const bad = `-- Loyalty points, counted with each debit.
set lock_timeout = '2s';
create table private.loyalty (account_id bigint primary key references ledger.accounts (id), points bigint not null);
alter table private.loyalty enable row level security;
create policy nobody on private.loyalty using (false);
comment on table private.loyalty is 'Points.';
alter table ledger.accounts add column points bigint;
create index accounts_by_points on private.loyalty (points);
grant select (points) on private.loyalty to authenticated;
create function private.count_loyalty() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into private.loyalty values (new.account_id, new.no_such_column);
  return new;
end $$;
create trigger entries_count_loyalty after insert on ledger.entries
  for each row execute function private.count_loyalty();
`;

/** Written with it: it puts back what was there. */
const undo = `-- Undoes the loyalty points: debits failed with them.
-- allows: takes something away, because nobody could use it
set lock_timeout = '2s';
drop trigger entries_count_loyalty on ledger.entries;
drop function private.count_loyalty();
drop table private.loyalty;
alter table ledger.accounts drop column points;
`;

Deno.test("RUNBOOK: a migration that went wrong is undone by another, and the database is what it was before", async () => {
  await using shop = await deployed();
  const [before, rows] = [await structureOf(shop.sql), await shop.rows()];
  assert.ok(before.length > 2000, "the structure is all of it");
  assert.equal(await shop.push("20990101000001_loyalty.sql", bad), 1);
  assert.notDeepEqual(await structureOf(shop.sql), before);
  await assert.rejects(shop.debit("during"), /no_such_column/);

  assert.equal(await shop.push("20990101000002_loyalty_undone.sql", undo), 1);
  const after = await structureOf(shop.sql);
  assert.deepEqual([factsOnlyIn(after, before), factsOnlyIn(before, after)], [[], []]);
  assert.equal(await shop.rows(), rows, "no row was touched");
  assert.ok((await shop.debit("after"))["entry_id"]);
  assert.deepEqual([...await shop.sql`select * from ledger.verify()`], []);
  assert.deepEqual(lintMigration(undo), [], "it stops nobody's work either");
});

Deno.test("RUNBOOK: a function that a migration broke is put back as it was read before", async () => {
  await using shop = await deployed();
  const before = await structureOf(shop.sql);
  const [was] = await shop.sql<{ definition: string }[]>`
    select pg_get_functiondef('ledger.debit'::regproc) as definition`;
  const definition = was?.definition ?? "";
  const broken = definition.replace(/\n(begin|declare)\b/i, "\ndeclare broken integer := 1 / 0; $1")
    .replace(/; declare\b/i, ";");
  assert.notEqual(broken, definition);
  await shop.push("20990101000001_faster_debit.sql", `-- A faster debit.\n${broken};\n`);
  await assert.rejects(shop.debit("during"), /division by zero/);
  await shop.push(
    "20990101000002_debit_as_before.sql",
    `-- The debit of before.\n${definition};\n`,
  );
  assert.deepEqual(factsOnlyIn(await structureOf(shop.sql), before), []);
  assert.ok((await shop.debit("after"))["entry_id"]);
});

Deno.test("RUNBOOK: a migration that failed half-way left nothing, and is mended and pushed again", async () => {
  await using shop = await deployed();
  const before = await structureOf(shop.sql);
  await assert.rejects(
    shop.push("20990101000001_loyalty.sql", `${bad}\nselect 1 / 0;`),
    StartFailure,
  );
  assert.deepEqual(await structureOf(shop.sql), before);
  assert.equal(await shop.push("20990101000001_loyalty.sql", bad), 1);
});
