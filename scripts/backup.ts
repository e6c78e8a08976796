/**
 * The rows of a project, without pg_dump: on any machine with Node and npm, of any Postgres.
 *
 *   npm run backup -- dump <database url> <new folder>
 *   npm run backup -- restore <url of a database with the same migrations and nobody in it> <folder>
 */
import { dump } from "./backup/dump.ts";
import { restore, RestoreRefused } from "./backup/restore.ts";

const [command, url, folder] = Deno.args;
const started = performance.now();
try {
  if (!url || !folder || !["dump", "restore"].includes(command ?? "")) {
    throw new RestoreRefused("Say: npm run backup -- dump|restore <database url> <folder>");
  }
  const result = command === "dump"
    ? summaryOf(await dump(url, folder))
    : await restore(url, folder);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(
    `${command}: ${result.rows} rows of ${result.tables} tables as of ${result.taken_at}, in ${seconds} s\n`,
  );
} catch (reason) {
  if (!(reason instanceof RestoreRefused)) throw reason;
  print(`${reason.message}\n`);
  Deno.exit(1);
}

function summaryOf({ taken_at, tables }: Awaited<ReturnType<typeof dump>>) {
  return { taken_at, tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
