import { exposed, schemas } from "../../harness/schemas.ts";
import { holds } from "./rule.ts";

holds("tables keep the house rules", [
  {
    name: "tables, views and types say in a comment what they are",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm')
          and obj_description(c.oid, 'pg_class') is null
        union all
        select t.oid::regtype::text from pg_type t
        where t.typnamespace::regnamespace::text = any (${schemas}) and t.typtype in ('e', 'd')
          and obj_description(t.oid, 'pg_type') is null
        union all
        select n.nspname from pg_namespace n
        where n.nspname = any (${schemas}) and obj_description(n.oid, 'pg_namespace') is null`,
    breach: "create table modera.breach (id integer)",
  },
  {
    name: "every foreign key has an index that leads with its columns",
    offenders: (sql) =>
      sql`select format('%s: %s', c.conrelid::regclass, c.conname) as name from pg_constraint c
        where c.contype = 'f' and c.connamespace::regnamespace::text = any (${schemas}) and not exists (
          select from pg_index i where i.indrelid = c.conrelid and i.indpred is null
            and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`,
    breach: "create table modera.breach (user_id bigint references modera.profiles (id))",
  },
  {
    name: "M-29: no index is a prefix of another",
    offenders: (sql) =>
      sql`select a.indexrelid::regclass::text as name from pg_index a join pg_index b
          on a.indrelid = b.indrelid and a.indexrelid <> b.indexrelid and not a.indisunique
          and a.indpred is null and b.indpred is null and a.indexprs is null and b.indexprs is null
          and (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]
          and (b.indoption::int2[])[0:a.indnkeyatts - 1] = (a.indoption::int2[])[0:a.indnkeyatts - 1]
        join pg_class c on c.oid = a.indrelid
        where c.relnamespace::regnamespace::text = any (${schemas})`,
    breach: "create index breach on modera.fashion_sessions (user_id)",
  },
  {
    name: "M-12: every time has a zone",
    offenders: (sql) =>
      sql`select format('%s.%s', c.oid::regclass, a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace::regnamespace::text = any (${schemas}) and a.attnum > 0
          and a.atttypid in ('timestamp'::regtype, 'time'::regtype)`,
    breach: "create view modera.breach as select private.now()::timestamp as at",
  },
  {
    name: "X-14: a column with a default is not null",
    offenders: (sql) =>
      sql`select format('%s.%s', c.oid::regclass, a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and a.attnum > 0 and a.atthasdef and a.attgenerated = '' and not a.attnotnull`,
    breach: "alter table modera.profiles alter is_active drop not null",
  },
  {
    name: "X-15: updated_at is set by a trigger",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and a.attname = 'updated_at'
          and not exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
            where t.tgrelid = c.oid and p.proname in ('touch_updated_at', 'update_updated_at_column'))`,
    breach: "drop trigger update_user_analytics_updated_at on modera.user_analytics",
  },
  {
    name: "X-16: no default needs an extension",
    offenders: (sql) =>
      sql`select format('%s: %s', d.adrelid::regclass, p.oid::regprocedure) as name
        from pg_attrdef d join pg_class c on c.oid = d.adrelid
        join pg_depend need on need.classid = 'pg_attrdef'::regclass and need.objid = d.oid
          and need.refclassid = 'pg_proc'::regclass
        join pg_depend owned on owned.classid = 'pg_proc'::regclass and owned.objid = need.refobjid
          and owned.refclassid = 'pg_extension'::regclass
        join pg_proc p on p.oid = need.refobjid
        where c.relnamespace::regnamespace::text = any (${schemas})`,
    breach: "create table modera.breach (salt text default extensions.gen_salt('md5'))",
  },
  {
    name: "X-09, M-22: every state column moves by private.transitions",
    offenders: (sql) =>
      sql`select format('%s.%s', c.oid::regclass, a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and a.attnum > 0 and a.attname in ('state', 'status')
          and not (exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
              where t.tgrelid = c.oid and p.proname = 'guard_transition')
            and exists (select from private.transitions m
              where m.machine = format('%s.%s', c.oid::regclass, a.attname)))`,
    breach: "drop trigger fashion_sessions_move_legally on modera.fashion_sessions",
  },
  {
    name: "X-13: money is an integer of minor units",
    offenders: (sql) =>
      sql`select format('%s.%s', c.oid::regclass, a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
        where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p')
          and a.attnum > 0 and a.attname ~ '(^|_)(amount|price|revenue|commissions?|cost|spent)(_generated)?$'
          and 'bigint'::regtype not in (t.oid, t.typbasetype)`,
    breach: "alter table modera.user_analytics alter revenue_generated type numeric(10, 2)",
  },
  {
    name: "X-13: money stands beside its currency",
    offenders: (sql) =>
      sql`select c.oid::regclass::text as name from pg_class c
        where c.relnamespace::regnamespace::text = any (${[
        "billing",
        ...exposed,
      ]}) and c.relkind in ('r', 'p')
          and exists (select from pg_attribute a where a.attrelid = c.oid
            and a.attname ~ '(^|_)(amount|price|revenue|commissions?|cost|spent)(_generated)?$')
          and not exists (select from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
            and a.attname ~ '(^|_)currency$|^invoice_id$')`,
    breach: "alter table modera.partner_products rename currency to coin",
  },
  {
    name: "X-06, M-09: nothing of value is deleted or changed with anything else",
    offenders: (sql) =>
      sql`select format('%s: %s', c.conrelid::regclass, c.conname) as name from pg_constraint c
        where c.contype = 'f' and c.confdeltype in ('c', 'n', 'd')
          and c.connamespace::regnamespace::text in ('ledger', 'billing', 'audit', 'events')`,
    breach: `alter table billing.customers
      add foreign key (holder) references auth.users (id) on delete cascade`,
  },
  {
    name: "what is exposed has types that its readers know, and no domain of the kernel's",
    offenders: (sql) =>
      sql`select format('%s.%s', a.attrelid::regclass, a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
        where c.relnamespace::regnamespace::text = any (${exposed}) and c.relkind in ('r', 'p', 'v', 'm')
          and a.attnum > 0 and not a.attisdropped and t.typtype = 'd'`,
    breach:
      "create view modera.breach with (security_invoker = true) as select amount from ledger.entries",
  },
]);
