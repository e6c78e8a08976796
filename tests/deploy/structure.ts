import type { Sql } from "postgres";
import { schemas } from "../harness/schemas.ts";

/**
 * Everything that migrations make, one line a fact and in a fixed order: two databases whose lines are the same behave
 * the same. Partitions by month are left out: they have their parents' rules, and names of the day.
 */
export async function structureOf(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    with named as (select oid, nspname from pg_namespace where nspname = any (${schemas as string[]})),
    relation as (
      select c.oid, c.relkind, c.relacl, c.relrowsecurity, c.reloptions, n.nspname || '.' || c.relname as name
      from pg_class c join named n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'S', 'i', 'I') and not c.relispartition),
    facts (kind, name, fact) as (
      select 'schema', nspname, coalesce(nspacl::text, '') from pg_namespace join named using (oid, nspname)
      union all select 'relation', name, concat_ws(' ', relkind, relacl, relrowsecurity, reloptions) from relation
      union all select 'column', r.name || '.' || a.attname,
        concat_ws(' ', a.attnum - (
            select count(*) from pg_attribute gone
            where gone.attrelid = a.attrelid and gone.attnum between 1 and a.attnum and gone.attisdropped),
          format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attacl,
          pg_get_expr(d.adbin, d.adrelid))
      from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where r.relkind not in ('i', 'I')
      union all select 'constraint', r.name || '.' || k.conname, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)
      from relation r join pg_constraint k on k.conrelid = r.oid
      union all select 'index', r.name, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
      from relation r join pg_index i on i.indexrelid = r.oid
      union all select 'view', name, pg_get_viewdef(oid) from relation where relkind in ('v', 'm')
      union all select 'trigger', r.name || '.' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
      from relation r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
      union all select 'policy', r.name || '.' || p.polname,
        concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid),
          pg_get_expr(p.polwithcheck, p.polrelid))
      from relation r join pg_policy p on p.polrelid = r.oid
      union all select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
      from pg_proc p join named n on n.oid = p.pronamespace where p.prokind in ('f', 'p')
      union all select 'type', t.oid::regtype::text, concat_ws(' ', t.typtype, t.typacl, (
        select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      from pg_type t join named n on n.oid = t.typnamespace where t.typtype in ('e', 'd')
      union all select 'comment', coalesce(r.name, d.objoid::regprocedure::text) || '.' || d.objsubid, d.description
      from pg_description d left join relation r on r.oid = d.objoid
      left join pg_proc p on p.oid = d.objoid and p.pronamespace in (select oid from named)
      where (d.classoid = 'pg_class'::regclass and r.oid is not null)
        or (d.classoid = 'pg_proc'::regclass and p.oid is not null))
    select concat_ws(' ', kind, name, fact) as line from facts order by kind collate "C", name collate "C", fact collate "C"`;
  return rows.map(({ line }) => line);
}

/** The facts of one that the other lacks. */
export function factsOnlyIn(one: readonly string[], other: readonly string[]): string[] {
  const known = new Set(other);
  return one.filter((line) => !known.has(line));
}
