import assert from "node:assert/strict";
import type { Sql, TransactionSql } from "postgres";
import { freshDatabase } from "../../harness/database.ts";
import { schemas } from "../../harness/schemas.ts";
import { holds } from "../catalogue/rule.ts";

/** Names of columns that say who somebody is, or whose a row is. */
const personal =
  "^(user|auth_user|telegram|chat|person|customer|holder|actor|owner|recipient)(_id)?$|^(email|phone|username|first_name|last_name|address)$";

/** Tables that refer to a person by a column's name, or by foreign keys, however many it takes. */
const personalTables = (sql: Sql | TransactionSql) =>
  sql`
    with recursive referring (oid) as (
      select a.attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
        and a.attnum > 0 and not a.attisdropped and a.attname ~ ${personal}
      union
      select r.conrelid from pg_constraint r where r.contype = 'f' and r.confrelid = 'auth.users'::regclass
        and r.connamespace::regnamespace::text = any (${schemas})
      union
      select r.conrelid from pg_constraint r join referring on referring.oid = r.confrelid
      where r.contype = 'f' and r.connamespace::regnamespace::text = any (${schemas})
    )
    select referring.oid::regclass::text as name from referring
    where not exists (select from private.personal_data d where d.table_name = referring.oid::regclass::text)
    order by 1`;

holds("personal data is where the register says", [
  {
    name: "X-10, M-26: every table that refers to a person says how it is exported and erased",
    offenders: personalTables,
    breach:
      "create table modera.breach (id bigint, user_id bigint references modera.profiles (id))",
  },
  {
    name: "X-10: a table that refers to a table of a person's is one too",
    offenders: personalTables,
    breach: `create table modera.breach (session uuid references modera.fashion_sessions (id))`,
  },
  {
    name: "X-10: a table that names a person without a foreign key is one too",
    offenders: personalTables,
    breach: "create table private.breach (telegram_id bigint)",
  },
  {
    name: "the register names tables, columns and buckets that exist",
    offenders: (sql) =>
      sql`select d.table_name as name from private.personal_data d where to_regclass(d.table_name) is null
        union all
        select d.table_name || '.' || c from private.personal_data d, unnest(d.exported_columns) c
        where to_regclass(d.table_name) is not null and not exists (
          select from pg_attribute a where a.attrelid = to_regclass(d.table_name) and a.attname = c)
        union all
        select b.bucket from private.personal_buckets b where not exists (select from storage.buckets s where s.id = b.bucket)`,
    breach:
      `insert into private.personal_data (table_name, rows_of, because) values ('modera.gone', 'true', 'x')`,
  },
  {
    name: "X-10: every bucket says whether it holds what is personal",
    offenders: (sql) =>
      sql`select s.id as name from storage.buckets s
        where not exists (select from private.personal_buckets b where b.bucket = s.id)`,
    breach: `insert into storage.buckets (id, name) values ('breach', 'breach')`,
  },
]);

Deno.test("every rule of the register can be run, for a person without rows too", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const person = crypto.randomUUID();
  for (const { table_name } of await sql`select table_name from private.personal_data`) {
    const [row] = await sql`select private.personal_rows(${table_name}, ${person}, 10, 0) as rows`;
    assert.deepEqual(row!["rows"], [], table_name);
  }
  for (let run = 0; run < 2; run++) {
    await sql`select private.bid_farewell(${person})`;
    await sql`select private.erase_rows(${person})`;
  }
});
