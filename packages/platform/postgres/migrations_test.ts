import assert from "node:assert/strict";
import { freshDatabase } from "../../../tests/harness/database.ts";
import { StartFailure } from "../failure.ts";
import { applyMigrations } from "./migrations.ts";

/** A database with no history, and a folder for migrations. */
async function project() {
  const database = await freshDatabase();
  await database.sql`truncate supabase_migrations.schema_migrations`;
  const folder = await Deno.makeTempDir();
  return {
    sql: database.sql,
    write: (file: string, content: string) => Deno.writeTextFile(`${folder}/${file}`, content),
    apply: () => applyMigrations(database.sql, folder, "the data"),
    async [Symbol.asyncDispose]() {
      await database.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("migrations are applied in the order of their versions, and only once", async () => {
  await using shop = await project();
  const { sql, write, apply } = shop;
  await write("20300101000002_second.sql", "insert into public.t values (2);");
  await write(
    "20300101000001_first.sql",
    "create table public.t (n integer); insert into public.t values (1);",
  );
  await write("notes.md", "not a migration");
  assert.equal(await apply(), 2);
  assert.equal(await apply(), 0);
  await write("20300101000003_third.sql", "insert into public.t values (3)");
  assert.equal(await apply(), 1);
  assert.deepEqual((await sql`select n from public.t order by n`).map(({ n }) => n), [1, 2, 3]);
  const names = await sql`select name from supabase_migrations.schema_migrations order by version`;
  assert.deepEqual(names.map(({ name }) => name), ["first", "second", "third"]);
});

Deno.test("a migration that fails leaves nothing of itself, and is named with its line", async () => {
  await using shop = await project();
  const { sql, write, apply } = shop;
  await write(
    "20300101000001_broken.sql",
    "create table public.t (n integer);\n\nselect 1 / nothing;",
  );
  await assert.rejects(apply(), (reason) => {
    assert.ok(reason instanceof StartFailure);
    assert.match(
      reason.message,
      /^The migration 20300101000001_broken\.sql failed: .*nothing.*line 3\.$/,
    );
    return true;
  });
  const [row] = await sql`select to_regclass('public.t') as made`;
  assert.equal(row?.made, null);
});

for (const [what, change] of Object.entries({ "was changed": "select 2;", "is gone": null })) {
  Deno.test(`data whose migration ${what} is stale, and says so in one sentence`, async () => {
    await using shop = await project();
    const { sql, write, apply } = shop;
    await write("20300101000001_first.sql", "select 1;");
    await apply();
    if (change) await write("20300101000001_first.sql", change);
    else await sql`update supabase_migrations.schema_migrations set version = '20290101000001'`;
    await assert.rejects(
      apply(),
      /^StartFailure: the data is stale: its migration .* remove the data to start afresh\.$/,
    );
  });
}

Deno.test("data that the Supabase CLI migrated is not stale", async () => {
  await using shop = await project();
  const { sql, write, apply } = shop;
  await write("20300101000001_first.sql", "-- why\nselect 1;\n\nselect 2;\n");
  await sql`
    insert into supabase_migrations.schema_migrations (version, name, statements)
    values ('20300101000001', 'first', array['-- why\nselect 1', 'select 2'])`;
  assert.equal(await apply(), 0);
});
