import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";

Deno.test("a secret is encrypted at rest and read back by name", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [made] = await sql`select vault.create_secret('swordfish', 'test_key', 'for a test') as id`;
  const [row] = await sql`
    select secret, decrypted_secret, description from vault.decrypted_secrets where name = 'test_key'`;
  assert.equal(row?.decrypted_secret, "swordfish");
  assert.equal(row?.description, "for a test");
  assert.ok(!atob(row?.secret.replaceAll("\n", "")).includes("swordfish"));
  await sql`select vault.update_secret(${made?.id}, 'marlin')`;
  const [after] =
    await sql`select decrypted_secret from vault.decrypted_secrets where id = ${made?.id}`;
  assert.equal(after?.decrypted_secret, "marlin");
});

Deno.test("a secret's name is unique", async () => {
  await using database = await freshDatabase();
  await database.sql`select vault.create_secret('one', 'same')`;
  await assert.rejects(database.sql`select vault.create_secret('two', 'same')`, { code: "23505" });
});

for (const role of ["anon", "authenticated"]) {
  Deno.test(`${role} reads no secrets`, async () => {
    await using database = await freshDatabase();
    await assert.rejects(
      database.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql`select * from vault.decrypted_secrets`;
      }),
      { code: "42501" },
    );
  });
}
