import { exposed, schemas } from "../../harness/schemas.ts";
import { holds } from "./rule.ts";

holds("functions keep the house rules", [
  {
    name: "functions say in a comment what they guarantee",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${schemas})
          and obj_description(p.oid, 'pg_proc') is null`,
    breach: "create function modera.breach() returns integer language sql as 'select 1'",
  },
  {
    name: "X-05: every function has an empty search_path",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${schemas})
          and not coalesce(p.proconfig, '{}') @> array['search_path=""']`,
    breach: "create function modera.breach() returns integer language sql as 'select 1'",
  },
  {
    name: "X-05, M-10: no function can be executed by everybody or by anon",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${schemas})
          and has_function_privilege('anon', p.oid, 'execute')`,
    breach: "grant execute on function modera.try_on(uuid) to public",
  },
  {
    name: "X-05: definer functions are in schemas that are not exposed",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${exposed}) and p.prosecdef`,
    breach: "alter function modera.try_on(uuid) security definer",
  },
  {
    name: "X-05: definer functions give the reason",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${schemas}) and p.prosecdef
          and obj_description(p.oid, 'pg_proc') !~ 'Definer: '`,
    breach: "alter function private.modera_session_timeout() security definer",
  },
  {
    name: "nothing but private.now() asks for the time",
    offenders: (sql) =>
      sql`select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace::regnamespace::text = any (${schemas})
          and p.oid <> 'private.now()'::regprocedure
          and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
            ~* '(?<!private\\.)\\mnow\\(\\)|(clock|statement|transaction)_timestamp|current_(timestamp|date)'
        union all
        select format('%s: %s', d.adrelid::regclass, pg_get_expr(d.adbin, d.adrelid))
        from pg_attrdef d join pg_class c on c.oid = d.adrelid
        where c.relnamespace::regnamespace::text = any (${schemas})
          and pg_get_expr(d.adbin, d.adrelid) ~* '(?<!private\\.)\\mnow\\(\\)|current_(timestamp|date)'`,
    breach: "alter table modera.profiles alter created_at set default now()",
  },
]);
