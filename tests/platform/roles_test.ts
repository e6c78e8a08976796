import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";

Deno.test("migrations run as a role with the rights of hosted postgres, which is no superuser", async () => {
  await using database = await freshDatabase();
  const [role] = await database.sql`
    select rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user`;
  assert.deepEqual(role, {
    rolname: "postgres",
    rolsuper: false,
    rolcreatedb: true,
    rolcreaterole: true,
    rolbypassrls: true,
  });
});

Deno.test("postgres may act as every API role and hand them on, and write policies on storage.objects", async () => {
  await using database = await freshDatabase();
  for (const role of ["anon", "authenticated", "service_role"]) {
    await database.sql.begin(async (sql) => {
      await sql.unsafe(`set local role ${role}`);
      const [row] = await sql`select current_user as name`;
      assert.equal(row?.name, role);
    });
  }
  await database.sql`create role worker nologin`;
  await database.sql`grant service_role to worker`;
  await database.sql`create policy nobody on storage.objects for select to anon using (false)`;
  await database.sql`drop policy nobody on storage.objects`;
  await database.sql`
    create function public.on_sign_up() returns trigger language plpgsql as 'begin return new; end'`;
  await database.sql`
    create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up()`;
});

const refused: Record<string, string> = {
  "read a file of the server": "select pg_read_file('vault.key')",
  "ask for the key of Vault": "select vault._key()",
  "write Vault's table": "insert into vault.secrets (secret) values ('plain')",
  "write a job behind cron.schedule":
    "insert into cron.job (schedule, command) values ('* * * * *', 'select 1')",
  "schedule as a superuser":
    "select cron.schedule_in_database('x', '* * * * *', 'select 1', 'postgres', 'supabase_admin')",
  "queue a request behind net.http_post":
    "insert into net.http_request_queue (method, url, timeout_milliseconds) values ('GET', 'http://127.0.0.1', 1)",
  "change a table of Storage": "alter table storage.objects add column mine integer",
  "switch row level security of Storage off":
    "alter table storage.objects disable row level security",
  "put a table into Storage's schema": "create table storage.mine (n integer)",
  "drop a table of Storage": "drop table storage.objects cascade",
  "change a table of Auth": "alter table auth.users add column mine integer",
  "run a program": "copy (select 1) to program 'true'",
};

for (const [what, statement] of Object.entries(refused)) {
  Deno.test(`postgres may not ${what}`, async () => {
    await using database = await freshDatabase();
    await assert.rejects(database.sql.unsafe(statement), { code: "42501" });
  });
}

Deno.test("the functions' login can do nothing but become an API role", async () => {
  await using database = await freshDatabase();
  const { default: postgres } = await import("postgres");
  const sql = postgres(database.urlFor("tessera_functions"), { max: 1, onnotice: () => {} });
  try {
    await assert.rejects(sql`select count(*) from auth.users`, { code: "42501" });
    await assert.rejects(sql`set role postgres`, { code: "42501" });
    await sql`set role service_role`;
  } finally {
    await sql.end();
  }
});
