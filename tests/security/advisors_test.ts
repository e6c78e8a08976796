import assert from "node:assert/strict";
import postgres from "postgres";
import { parseToml } from "../../packages/platform/project/toml.ts";
import { exposed } from "../harness/schemas.ts";
import { holds } from "../database/catalogue/rule.ts";
import { type Database, freshDatabase } from "../harness/database.ts";

const root = new URL("../..", import.meta.url).pathname;

/** A finding of `supabase db advisors`. */
interface Advice {
  name: string;
  detail: string;
}

/** What the CLI advises about a database, but for indexes unused in it: nobody has used anything. */
async function advice(database: Database): Promise<string[]> {
  const superuser = postgres(database.urlFor("supabase_admin"), { max: 1 });
  const name = new URL(database.url).pathname.slice(1);
  // The setting by which the advisors, and the Data API, know which schemas are exposed.
  await superuser.unsafe(`alter database ${name} set pgrst.db_schemas = '${exposed.join(", ")}'`);
  await superuser.end();
  const options = [`--remote=${database.url}`, "--level", "info", "--output", "json"];
  const { stdout, stderr } = await new Deno.Command(`${root}node_modules/.bin/supabase`, {
    args: ["db", "advisors", ...options],
    env: { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  const at = text.indexOf("[\n");
  assert.ok(at >= 0, `no answer of the advisors: ${text}${new TextDecoder().decode(stderr)}`);
  const found: Advice[] = JSON.parse(text.slice(at));
  return found.filter((one) => one.name !== "unused_index").map((one) => one.detail);
}

Deno.test("supabase db advisors finds nothing, and would find a table without row level security", async () => {
  await using database = await freshDatabase();
  assert.deepEqual(await advice(database), []);
  await database.sql`alter table modera.settings disable row level security`;
  const found = await advice(database);
  assert.ok(found.some((detail) => detail.includes("modera.settings")), found.join("\n"));
});

holds("what the advisors of other versions look for is not there either", [
  {
    name: "0025: no public bucket can be listed",
    offenders: (sql) =>
      sql`select b.id as name from storage.buckets b join pg_policies p
          on p.schemaname = 'storage' and p.tablename = 'objects' and p.cmd in ('SELECT', 'ALL')
        where b.public and (p.qual !~ 'bucket_id' or p.qual ~ format('\\m%s\\M', b.id))`,
    breach: "update storage.buckets set public = true",
  },
  {
    name: "0026: nothing that anon may read can be asked for by GraphQL",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${exposed}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
          and has_any_column_privilege('anon', c.oid, 'select')`,
    breach: "grant select on modera.settings to anon",
  },
  {
    name: "0028: no definer function of an exposed schema can be executed by anon",
    offenders: (sql) => definersOf(sql, "anon"),
    breach: `alter function modera.try_on(uuid) security definer;
      grant execute on function modera.try_on(uuid) to anon`,
  },
  {
    name: "0029: no definer function of an exposed schema can be executed by a user",
    offenders: (sql) => definersOf(sql, "authenticated"),
    breach: "alter function modera.try_on(uuid) security definer",
  },
]);

function definersOf(sql: postgres.Sql | postgres.TransactionSql, role: string) {
  return sql`select p.oid::regprocedure::text as name from pg_proc p
    where p.pronamespace::regnamespace::text = any (${exposed}) and p.prosecdef
      and has_function_privilege(${role}, p.oid, 'execute')`;
}

Deno.test("0027: what users may read cannot be asked for by GraphQL, which is not exposed", async () => {
  const config = parseToml(await Deno.readTextFile(`${root}supabase/config.toml`));
  assert.deepEqual(config["api"]?.["schemas"], exposed);
});
