import assert from "node:assert/strict";
import { freshDatabase } from "../../harness/database.ts";
import { schemas } from "../../harness/schemas.ts";
import { holds } from "./rule.ts";

holds("access keeps the house rules", [
  {
    name: "M-01, M-08: row level security is on, on every table",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and not c.relrowsecurity`,
    breach: "alter table modera.settings disable row level security",
  },
  {
    name: "every table has a policy, if only one that says that nobody reads it",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and not exists (select from pg_policy p where p.polrelid = c.oid)`,
    breach: "drop policy user_analytics_read_own on modera.user_analytics",
  },
  {
    name: "views run with their reader's rights",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('v', 'm')
          and not 'security_invoker=true' = any (coalesce(c.reloptions, '{}'))`,
    breach: "create view modera.breach as select 1 as one",
  },
  {
    name: "X-02, X-12: policies are for signed-in users, and a write is never open to all",
    offenders: (sql) =>
      sql`select format('%s.%s: %s', schemaname, tablename, policyname) as name from pg_policies
        where schemaname = any (${schemas})
          and not (qual is not distinct from 'false' and coalesce(with_check, 'false') = 'false')
          and (permissive <> 'PERMISSIVE' or cmd in ('ALL', 'INSERT')
            or not roles <@ '{authenticated,service_role}' or with_check = 'true'
            or (cmd = 'UPDATE' and with_check is null))`,
    breach:
      `create policy "System can insert" on modera.virtual_tryons for insert with check (true)`,
  },
  {
    name: "X-12: one policy for each table, action and role",
    offenders: (sql) =>
      sql`select format('%s.%s %s', schemaname, tablename, cmd) as name from pg_policies
        where schemaname = any (${schemas}) group by schemaname, tablename, cmd, roles having count(*) > 1`,
    breach:
      `create policy breach on modera.virtual_tryons for select to authenticated using (user_saved)`,
  },
  {
    name: "X-12: policies ask for the caller once a query, not once a row",
    offenders: (sql) =>
      sql`select format('%s.%s: %s', schemaname, tablename, policyname) as name
        from pg_policies, lateral (values (qual), (with_check)) as expression (text)
        where (schemaname = any (${schemas}) or schemaname = 'storage')
          and regexp_replace(text, 'SELECT (auth|private)\\.[a-z_]+\\(\\)', '', 'g') ~ '(auth|private)\\.[a-z_]+\\('`,
    breach: "alter policy profiles_read_own on modera.profiles using (auth_user_id = auth.uid())",
  },
  {
    name: "X-12: each column that a policy asks for leads an index",
    offenders: (sql) =>
      sql`select format('%s.%s: %s', p.polrelid::regclass, a.attname, p.polname) as name from pg_policy p
        join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
          and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid and d.refobjsubid > 0
        join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where a.atttypid <> 'boolean'::regtype
          and p.polrelid::regclass::text ~ format('^(%s)\\.', array_to_string(${schemas}::text[], '|'))
          and not exists (select from pg_index i where i.indrelid = a.attrelid and i.indkey[0] = a.attnum
            and (i.indpred is null or a.attnum = any (i.indkey)))`,
    breach: "drop index modera.virtual_tryons_of_user",
  },
  {
    name: "anon reaches no table and no column",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm')
          and has_any_column_privilege('anon', c.oid, 'select, insert, update, references')`,
    breach: "grant select (id) on modera.profiles to anon",
  },
  {
    name: "X-01, X-02: no API role may insert, delete or truncate, or update a whole row",
    offenders: (sql) =>
      sql`select format('%s %s %s', role, privilege, c.oid::regclass) as name
        from pg_class c, unnest(array['authenticated', 'service_role']) role,
          unnest(array['insert', 'update', 'delete', 'truncate', 'trigger', 'references']) privilege
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm')
          and has_table_privilege(role, c.oid, privilege)`,
    breach: "grant update on modera.profiles to authenticated",
  },
]);

Deno.test("X-01, M-03: the columns that users may change are these and no others", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql`
    select format('%s.%s', c.oid::regclass, a.attname) as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace::regnamespace::text = any (${schemas}) and a.attnum > 0 and not a.attisdropped
      and c.relkind in ('r', 'p', 'v') and has_column_privilege('authenticated', c.oid, a.attnum, 'update')
    order by 1`;
  assert.deepEqual(rows.map((row) => row.name), [
    "dtf.images.dpi",
    "dtf.images.is_favorite",
    "dtf.images.original_filename",
    "dtf.profiles.avatar_url",
    "dtf.profiles.company",
    "dtf.profiles.first_name",
    "dtf.profiles.last_name",
    "dtf.profiles.phone",
    "dtf.users.avatar_url",
    "dtf.users.company",
    "dtf.users.first_name",
    "dtf.users.last_name",
    "dtf.users.phone",
    "modera.product_recommendations.user_saved",
    "modera.profiles.language_code",
    "modera.profiles.preferences",
    "modera.profiles.size_preferences",
    "modera.profiles.time_zone",
    "modera.recommendations.user_saved",
    "modera.style_analyses.user_accepted_recommendations",
    "modera.style_analyses.user_feedback",
    "modera.users.language_code",
    "modera.users.preferences",
    "modera.users.size_preferences",
    "modera.users.time_zone",
    "modera.virtual_tryons.user_feedback",
    "modera.virtual_tryons.user_rating",
    "modera.virtual_tryons.user_saved",
  ]);
});
