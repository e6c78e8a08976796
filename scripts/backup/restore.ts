import { Writable } from "node:stream";
import postgres, { type TransactionSql } from "postgres";
import { fileOf, type Manifest } from "./dump.ts";
import { statesOf, tablesOf, versionsOf } from "./tables.ts";

/** Why a restore did not happen; nothing was changed. */
export class RestoreRefused extends Error {}

/** What a restore brought back. */
export interface Restored {
  taken_at: string;
  tables: number;
  rows: number;
}

/**
 * Brings a backup into a database that has the same migrations and nobody in it, all or nothing: every table must have
 * the rows that the manifest says, and the ledger must prove itself.
 * @param url of a role that may set session_replication_role, so that no trigger fires: `postgres` on a hosted project
 * @throws RestoreRefused when the database is lived in or of another version, or what came back is not what was saved.
 */
export async function restore(url: string, folder: string): Promise<Restored> {
  const manifest: Manifest = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.begin(async (tx) => {
      await checkTarget(tx, manifest);
      await tx`set local session_replication_role = replica`;
      const own = manifest.tables.filter((table) => table.own).map(({ name }) => name);
      await tx.unsafe(`truncate ${own.join(", ")}`);
      for (const { name, columns, rows } of manifest.tables) {
        if (rows > 0) await load(tx, folder, name, columns);
      }
      for (const { name, last_value, is_called } of manifest.sequences) {
        await tx`select setval(${name}::regclass, ${last_value}::bigint, ${is_called})`;
      }
      await tx`set local session_replication_role = origin`;
      await checkResult(tx, manifest);
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      return { taken_at: manifest.taken_at, tables: manifest.tables.length, rows };
    });
  } finally {
    await sql.end();
  }
}

async function checkTarget(tx: TransactionSql, { migrations, tables }: Manifest): Promise<void> {
  const here = await versionsOf(tx);
  const foreign = [...here.filter((one) => !migrations.includes(one))];
  const missing = migrations.filter((one) => !here.includes(one));
  if (foreign.length + missing.length > 0) {
    throw new RestoreRefused(
      `The database has other migrations than the backup: ${[...foreign, ...missing].join(", ")}.`,
    );
  }
  const known = (await tablesOf(tx)).map(({ name }) => name);
  const unknown = tables.filter(({ name }) => !known.includes(name));
  if (unknown.length > 0) {
    throw new RestoreRefused(`The database has no ${unknown.map(({ name }) => name).join(", ")}.`);
  }
  const [people] = await tx`
    select exists (select from auth.users) or exists (select from ledger.entries) as there`;
  if (people?.["there"]) throw new RestoreRefused("Somebody lives in the database.");
}

async function load(
  tx: TransactionSql,
  folder: string,
  name: string,
  columns: string,
): Promise<void> {
  const file = await Deno.open(fileOf(folder, name));
  const rows = await tx.unsafe(`copy ${name} (${columns}) from stdin`).writable();
  await file.readable.pipeThrough(new DecompressionStream("gzip")).pipeTo(Writable.toWeb(rows));
}

async function checkResult(tx: TransactionSql, { tables }: Manifest): Promise<void> {
  const states = await statesOf(tx, tables);
  const differing = states.filter(({ rows, fingerprint }, at) =>
    rows !== tables[at]?.rows || fingerprint !== tables[at]?.fingerprint
  );
  if (differing.length > 0) {
    const names = differing.map(({ name, rows }) => `${name} (${rows} rows)`);
    throw new RestoreRefused(`Not what was saved: ${names.join(", ")}.`);
  }
  const problems = await tx`select * from ledger.verify()`;
  if (problems.length > 0) {
    throw new RestoreRefused(`ledger.verify() finds ${problems.length} differences.`);
  }
}
