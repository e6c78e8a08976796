import { messageOf, StartFailure } from "../failure.ts";
import type { Sql } from "./connect.ts";

interface Migration {
  version: string;
  name: string;
  file: string;
  content: string;
}

/**
 * Applies what is not in supabase_migrations.schema_migrations yet, in the order of the versions,
 * each file and its record in one transaction, as `supabase db push` does.
 * @returns the number of migrations applied.
 * @throws StartFailure when one fails, or when the database has others than the folder.
 */
export async function applyMigrations(sql: Sql, folder: string, data: string): Promise<number> {
  const files = await readMigrations(folder);
  const applied = await sql<{ version: string; statements: string[] | null }[]>`
    select version, statements from supabase_migrations.schema_migrations`;
  const known = new Map(files.map((migration) => [migration.version, migration]));
  for (const { version, statements } of applied) {
    if (isSame(known.get(version)?.content, statements ?? [])) continue;
    throw new StartFailure(
      `${data} is stale: its migration ${version} is not the one in ${folder}; remove ${data} to start afresh.`,
    );
  }
  const done = new Set(applied.map(({ version }) => version));
  const pending = files.filter(({ version }) => !done.has(version));
  for (const migration of pending) await applyOne(sql, migration);
  return pending.length;
}

/** Whether `statements` were recorded from this file: whole, as here, or one by one, as the CLI does. */
function isSame(content: string | undefined, statements: string[]): boolean {
  if (content === undefined) return false;
  if (statements.length > 1) return statements.every((one) => content.includes(one.trim()));
  return content.trim().replace(/;$/, "") === statements[0]?.trim().replace(/;$/, "");
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    const [, version, name] = file.match(/^(\d{14})_(.+)\.sql$/) ?? [];
    if (!version || !name) continue;
    migrations.push({ version, name, file, content: await Deno.readTextFile(`${folder}/${file}`) });
  }
  return migrations.sort((a, b) => a.version < b.version ? -1 : 1);
}

async function applyOne(sql: Sql, { version, name, file, content }: Migration): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(content);
      await transaction`reset all`;
      await transaction`
        insert into supabase_migrations.schema_migrations (version, name, statements)
        values (${version}, ${name}, ${[content]})`;
    });
  } catch (reason) {
    const at = reason instanceof Error && "where" in reason ? ` (${messageOf(reason.where)})` : "";
    throw new StartFailure(
      `The migration ${file} failed: ${messageOf(reason)}${at}${lineOf(reason, content)}.`,
    );
  }
}

function lineOf(reason: unknown, content: string): string {
  if (!(reason instanceof Error) || !("position" in reason)) return "";
  const line = content.slice(0, Number(reason.position)).split("\n").length;
  return `, line ${line}`;
}
