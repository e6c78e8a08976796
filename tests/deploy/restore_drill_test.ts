import assert from "node:assert/strict";
import postgres from "postgres";
import { dump, fileOf } from "../../scripts/backup/dump.ts";
import { restore, RestoreRefused } from "../../scripts/backup/restore.ts";

import { type Database, freshDatabase } from "../harness/database.ts";
import { schemas } from "../harness/schemas.ts";
import { inSetting } from "../harness/setting.ts";

const root = new URL("../..", import.meta.url).pathname;
const people = inSetting(40, 2000);

/** As superuser: on a hosted project `postgres` may do what it takes. */
const urlOf = (database: Database) => database.urlFor("supabase_admin");

/** A database with people who bought, spent, hold, were refunded, and queued work. */
async function livedIn(): Promise<Database> {
  const database = await freshDatabase(4);
  const superuser = postgres(urlOf(database), { max: 1, onnotice: () => {} });
  await superuser`insert into auth.users (id, email)
    select id, id || '@example.com' from (select gen_random_uuid() as id from generate_series(1, ${people})) p`;
  await superuser.end();
  const { sql } = database;
  const users = await sql`select id from auth.users order by id`;
  for (const [at, { id }] of users.entries()) {
    await sql`select private.modera_admit(${id})`;
    await sql`select ledger.grant_credits('modera', ${id}, 100, 'grant')`;
    const [debit] = await sql`select ledger.debit('modera', ${id}, 7, 'debit', 'tryon') as made`;
    await sql`select ledger.hold('modera', ${id}, 3, 'hold', 'tryon', '1 hour')`;
    if (at % 5 === 0) {
      await sql`select ledger.refund('modera', ${id}, ${
        debit?.["made"].entry_id
      }, 2, 'refund', 'told')`;
    }
    await sql`select jobs.enqueue('test.work', '{"text": "a\\tb\\\\nc \\u2603"}', ${id})`;
  }
  await sql`select private.appoint_admin(${users[0]?.["id"]}, '*', 'a reason, "quoted"')`;
  return database;
}

async function withBackup(work: (database: Database, folder: string) => Promise<void>) {
  await using database = await livedIn();
  const parent = await Deno.makeTempDir({ prefix: "tessera-drill-" });
  try {
    await dump(urlOf(database), `${parent}/backup`);
    await work(database, `${parent}/backup`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

Deno.test("a backup is restored whole, and the ledger goes on where it was", async () => {
  await withBackup(async (_, folder) => {
    await using target = await freshDatabase(4);
    const started = performance.now();
    const restored = await restore(urlOf(target), folder);
    const took = performance.now() - started;
    const bytes = (await Promise.all(
      Array.from(Deno.readDirSync(folder), ({ name }) => Deno.stat(`${folder}/${name}`)),
    )).reduce((sum, { size }) => sum + size, 0);
    const [user] = await target.sql`select id from auth.users limit 1`;
    await target.sql`select ledger.debit('modera', ${user?.["id"]}, 1, 'after', 'tryon')`;
    const [again] = await target
      .sql`select ledger.debit('modera', ${user?.["id"]}, 7, 'debit', 'tryon') as made`;
    assert.equal(again?.["made"].replayed, true, "keys that were used are known");
    assert.deepEqual([...await target.sql`select * from ledger.verify()`], []);
    const [scheduled] = await target.sql`select private.schedule_jobs() is not null as done`;
    assert.ok(scheduled);
    assert.ok(restored.rows > people * 5 && restored.tables > 40);
    const figures = { people, ...restored, bytes, restored_in_ms: Math.round(took) };
    await Deno.mkdir(`${root}/out`, { recursive: true });
    await Deno.writeTextFile(`${root}/out/restore_drill.json`, JSON.stringify(figures));
  });
});

Deno.test("a backup that lacks a row, or has another, is refused, and nothing is changed", async () => {
  await withBackup(async (_, folder) => {
    const file = fileOf(folder, "ledger.entries");
    const text = await new Response(
      (await Deno.open(file)).readable.pipeThrough(new DecompressionStream("gzip")),
    ).text();
    const damages = {
      "a row is missing": text.slice(text.indexOf("\n") + 1),
      "a number is another": text.replace(/\t100\t/, "\t900\t"),
    };
    for (const [what, damaged] of Object.entries(damages)) {
      assert.notEqual(damaged, text);
      const packed = new Blob([damaged]).stream().pipeThrough(new CompressionStream("gzip"));
      await Deno.writeFile(file, new Uint8Array(await new Response(packed).arrayBuffer()));
      await using target = await freshDatabase(4);
      await assert.rejects(restore(urlOf(target), folder), RestoreRefused, what);
      const [left] = await target.sql`select count(*)::integer as people from auth.users`;
      assert.equal(left?.["people"], 0);
    }
  });
});

Deno.test("nothing is restored over people, or into another version", async () => {
  await withBackup(async (database, folder) => {
    await assert.rejects(restore(urlOf(database), folder), /Somebody lives in the database/);
    await using target = await freshDatabase(4);
    await target.sql`delete from supabase_migrations.schema_migrations where version = (
      select max(version) from supabase_migrations.schema_migrations)`;
    await assert.rejects(restore(urlOf(target), folder), /other migrations than the backup/);
  });
});

Deno.test("every table of the project is in a backup, and only its owner can read it", async () => {
  await withBackup(async (database, folder) => {
    const tables = await database.sql`
      select c.oid::regclass::text as name, relpersistence from pg_class c
      where c.relnamespace::regnamespace::text = any (${schemas}) and c.relkind in ('r', 'p') and not c.relispartition`;
    for (const { name, relpersistence } of tables) {
      if (relpersistence === "u") continue;
      assert.ok((await Deno.stat(fileOf(folder, name))).isFile, name);
    }
    assert.equal((await Deno.stat(folder)).mode! & 0o077, 0);
    assert.equal((await Deno.stat(`${folder}/manifest.json`)).mode! & 0o077, 0);
  });
});
