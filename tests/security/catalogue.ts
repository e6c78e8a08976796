import type { Sql } from "postgres";
import { schemas as names } from "../harness/schemas.ts";

const schemas = `(${names.map((name) => `'${name}'`).join(", ")})`;
const roles = "array['anon', 'authenticated', 'service_role']";

/** A heading of the snapshot, and the query that gives its lines. */
const parts: [heading: string, query: string][] = [
  [
    "Schemas, and the roles that may look into them",
    `select format('%s: %s', n.nspname, coalesce((
       select string_agg(r, ', ') from unnest(${roles}) r where has_schema_privilege(r, n.oid, 'usage')), 'nobody')) as line
     from pg_namespace n where n.nspname in ${schemas} order by 1`,
  ],
  [
    "Tables and views without row level security, or that do not run as the caller",
    `select format('%s (%s) %s', c.oid::regclass, c.relkind, coalesce(c.reloptions::text, '')) as line
     from pg_class c where c.relnamespace::regnamespace::text in ${schemas} and case c.relkind
       when 'v' then not coalesce(c.reloptions::text ~ 'security_invoker=true', false)
       when 'm' then true else c.relkind in ('r', 'p') and not c.relrowsecurity end
     order by 1`,
  ],
  [
    "Grants on tables and views",
    `select format('%s: %s may %s', c.oid::regclass, r, string_agg(
         case when has_table_privilege(r, c.oid, p) then p else p || (
           select format(' (%s)', string_agg(a.attname, ', ' order by a.attnum)) from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             and has_column_privilege(r, c.oid, a.attnum, p)) end, ', ' order by p)) as line
     from pg_class c, unnest(${roles}) r,
       unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
     where c.relnamespace::regnamespace::text in ${schemas} and c.relkind in ('r', 'p', 'v', 'm')
       and case when p in ('select', 'insert', 'update', 'references') then has_any_column_privilege(r, c.oid, p)
         else has_table_privilege(r, c.oid, p) end
     group by c.oid, r order by c.oid::regclass::text, r`,
  ],
  [
    "Policies",
    `select format('%s.%s: %s %s to %s%s%s', schemaname, tablename, policyname, lower(cmd), array_to_string(roles, ', '),
       ' using ' || regexp_replace(qual, '\\s+', ' ', 'g'), ' check ' || regexp_replace(with_check, '\\s+', ' ', 'g')) as line
     from pg_policies where schemaname in ${schemas} or schemaname = 'storage' order by schemaname, tablename, policyname`,
  ],
  [
    "Functions that run as their owner, why, and who may call them",
    `select format('%s to %s: %s', p.oid::regprocedure, coalesce((
         select string_agg(r, ', ') from unnest(${roles}) r where has_function_privilege(r, p.oid, 'execute')), 'nobody'),
       coalesce(substring(obj_description(p.oid, 'pg_proc') from 'Definer: (.*)$'), 'NO REASON')) as line
     from pg_proc p where p.pronamespace::regnamespace::text in ${schemas} and p.prosecdef order by p.oid::regprocedure::text`,
  ],
  [
    "Functions that run as their caller, and who that may be",
    `select format('%s to %s', p.oid::regprocedure, string_agg(r, ', ')) as line
     from pg_proc p, unnest(${roles}) r
     where p.pronamespace::regnamespace::text in ${schemas} and not p.prosecdef and p.prorettype <> 'trigger'::regtype
       and has_function_privilege(r, p.oid, 'execute')
     group by p.oid order by p.oid::regprocedure::text`,
  ],
  [
    "Buckets",
    `select format('%s: %s, up to %s bytes of %s', id, case when public then 'public' else 'private' end,
       file_size_limit, array_to_string(allowed_mime_types, ', ')) as line from storage.buckets order by id`,
  ],
  [
    "Triggers",
    `select format('%s: %s', t.tgrelid::regclass, substring(pg_get_triggerdef(t.oid) from '(?:BEFORE|AFTER|INSTEAD OF) .*$')) as line
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where not t.tgisinternal and c.relnamespace::regnamespace::text in ${schemas} order by 1`,
  ],
];

/** Every grant, policy, definer function, bucket and trigger of a migrated database, as text. */
export async function catalogueOf(sql: Sql): Promise<string> {
  const texts: string[] = [];
  for (const [heading, query] of parts) {
    const lines = await sql.unsafe<{ line: string }[]>(query);
    const body = lines.length === 0 ? "  none" : lines.map(({ line }) => `  ${line}`).join("\n");
    texts.push(`${heading}\n${body}`);
  }
  return `${texts.join("\n\n")}\n`;
}
