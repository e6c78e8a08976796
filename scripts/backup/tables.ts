import type { Sql, TransactionSql } from "postgres";

/** What is in a table, without the rows. */
export interface TableState {
  name: string;
  rows: number;
  /** Sum of a hash of each row: equal when the same rows are there, in any order. */
  fingerprint: string;
}

/** A table, and the columns of it that are written and not computed. */
export interface Table {
  name: string;
  columns: string;
  /** Whether a restore may empty it first: the tables of Auth and Storage are not ours to empty. */
  own: boolean;
}

/** A sequence and where it stands. */
export interface SequenceState {
  name: string;
  last_value: string;
  is_called: boolean;
}

/** What Auth and Storage know of people; buckets come with the migrations. */
const foreign = ["auth.users", "auth.identities", "storage.objects"];

/** Schemas that the role of the migrations owns, and that hold nothing of the project. */
const others = ["public", "extensions", "supabase_migrations", "platform"];

/** Every table that a backup holds: those of the migrations, whatever the products, and `foreign`. */
export async function tablesOf(sql: Sql | TransactionSql): Promise<Table[]> {
  return await sql<Table[]>`
    select format('%I.%I', n.nspname, c.relname) as name,
      string_agg(format('%I', a.attname), ', ' order by a.attnum) as columns,
      format('%s.%s', n.nspname, c.relname) <> all (${foreign}) as own
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = ''
    where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
      and (format('%s.%s', n.nspname, c.relname) = any (${foreign})
        or pg_get_userbyid(n.nspowner) = 'postgres' and n.nspname <> all (${others}))
    group by n.nspname, c.relname order by 1`;
}

/** Where the sequences of those schemas stand. */
export async function sequencesOf(sql: Sql | TransactionSql): Promise<SequenceState[]> {
  const names = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and pg_get_userbyid(n.nspowner) = 'postgres' and n.nspname <> all (${others})
    order by 1`;
  return await Promise.all(names.map(async ({ name }) => {
    const [row] = await sql.unsafe(`select last_value::text, is_called from ${name}`);
    return { name, last_value: row?.["last_value"], is_called: row?.["is_called"] };
  }));
}

/** What is in each table now. Times are read in UTC, so that every session reads the same. */
export async function statesOf(sql: TransactionSql, tables: Table[]): Promise<TableState[]> {
  await sql`set local timezone = 'UTC'`;
  const states: TableState[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ rows: number; fingerprint: string }[]>(
      `select count(*)::integer as rows,
         coalesce(sum(pg_catalog.hashtextextended(t::text, 0)::numeric), 0)::text as fingerprint
       from ${name} t`,
    );
    if (row) states.push({ name, ...row });
  }
  return states;
}

/** The migrations that a database has had. */
export async function versionsOf(sql: Sql | TransactionSql): Promise<string[]> {
  const rows =
    await sql`select version from supabase_migrations.schema_migrations order by version`;
  return rows.map(({ version }) => version);
}
