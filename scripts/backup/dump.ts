import { Readable } from "node:stream";
import postgres from "postgres";
import {
  sequencesOf,
  type SequenceState,
  statesOf,
  tablesOf,
  type TableState,
  versionsOf,
} from "./tables.ts";

/** What a backup says of itself, in manifest.json beside the tables' files. */
export interface Manifest {
  /** By the clock of the database. */
  taken_at: string;
  migrations: string[];
  tables: (TableState & { columns: string; own: boolean })[];
  sequences: SequenceState[];
}

/** The file of a table in a backup's folder. */
export function fileOf(folder: string, table: string): string {
  return `${folder}/${table}.copy.gz`;
}

/**
 * Writes every row of the project into a folder that only its owner may read, as of one moment, while others go on
 * working. Secrets of Vault and files of Storage are not in it.
 * @param url of a role that may read every table: `postgres` on a hosted project
 * @throws Error when the folder is there already, or the database refuses.
 */
export async function dump(url: string, folder: string): Promise<Manifest> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await Deno.mkdir(folder, { mode: 0o700 });
  try {
    return await sql.begin("isolation level repeatable read read only", async (tx) => {
      const tables = await tablesOf(tx);
      const states = await statesOf(tx, tables);
      for (const { name, columns } of tables) {
        const rows = await tx.unsafe(`copy (select ${columns} from ${name}) to stdout`).readable();
        const file = await Deno.open(fileOf(folder, name), {
          createNew: true,
          write: true,
          mode: 0o600,
        });
        const bytes = Readable.toWeb(rows) as ReadableStream<Uint8Array<ArrayBuffer>>;
        await bytes.pipeThrough(new CompressionStream("gzip")).pipeTo(file.writable);
      }
      const [clock] = await tx`select private.now() as now`;
      const manifest: Manifest = {
        taken_at: clock?.["now"].toISOString(),
        migrations: await versionsOf(tx),
        tables: states.map((state, at) => ({ ...tables[at]!, ...state })),
        sequences: await sequencesOf(tx),
      };
      await Deno.writeTextFile(`${folder}/manifest.json`, JSON.stringify(manifest, null, 2), {
        mode: 0o600,
      });
      return manifest;
    });
  } finally {
    await sql.end();
  }
}
