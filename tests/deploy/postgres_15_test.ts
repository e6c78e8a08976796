import assert from "node:assert/strict";
import { newKeys } from "../../packages/platform/keys.ts";
import { connect, databaseUrl } from "../../packages/platform/postgres/connect.ts";
import { prepareDatabase } from "../../packages/platform/postgres/database.ts";
import { startPostgres } from "../../packages/platform/postgres/server.ts";
import { silent } from "../../packages/platform/progress.ts";
import { readProject } from "../../packages/platform/project/project.ts";
import postgres from "postgres";
import { eventually } from "../harness/eventually.ts";
import { catalogueOf } from "../security/catalogue.ts";
import { snapshot } from "../security/snapshot.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** Where Debian's packages postgresql-15 and postgresql-15-cron put themselves. */
const home = "/usr/lib/postgresql/15";
const installed = exists(`${home}/bin/postgres`) && exists(`${home}/lib/pg_cron.so`);

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A migrated database on Debian's Postgres 15 with the real pg_cron. */
async function debianDatabase() {
  const data = await Deno.makeTempDir({ prefix: "tessera-15-" });
  const settings = {
    shared_preload_libraries: "pg_cron",
    "cron.database_name": "postgres",
    "cron.use_background_workers": "on",
    max_worker_processes: "20",
  };
  const release = { home, major: 15, settings };
  const server = await startPostgres({ root, data, port: 0, durable: false, release });
  const project = await readProject(root);
  await prepareDatabase({
    server,
    project,
    keys: newKeys(),
    data,
    template: false,
    progress: silent,
    pgCron: true,
  });
  const sql = postgres(databaseUrl(server), { max: 4, onnotice: () => {} });
  return {
    server,
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await server.stop();
      await Deno.remove(data, { recursive: true }).catch(() => {});
    },
  };
}

Deno.test({
  name:
    "X-16: on Postgres 15 with the real pg_cron the migrations give the same catalogue, and the clock's work is done",
  ignore: !installed,
  async fn(t) {
    await using debian = await debianDatabase();
    const { sql } = debian;

    await t.step("the catalogue is the one that was reviewed on Postgres 17", async () => {
      assert.match((await sql`show server_version`)[0]!["server_version"], /^15\./);
      await snapshot("catalogue.txt", await catalogueOf(sql));
    });

    await t.step("every job is in pg_cron once, however often it is scheduled", async () => {
      const [wanted] = await sql`select count(*)::integer as count from private.cron_jobs`;
      for (let time = 0; time < 2; time++) await sql`select private.schedule_jobs()`;
      const [scheduled] = await sql`
        select count(*)::integer as count from cron.job where command like 'select private.run_job(%'`;
      assert.deepEqual({ ...scheduled }, { ...wanted });
    });

    await t.step("pg_cron expires a hold that is due", async () => {
      const user = crypto.randomUUID();
      const superuser = connect(debian.server, "supabase_admin");
      await superuser`insert into auth.users (id, email) values (${user}, ${`${user}@example.com`})`;
      await superuser.end();
      await sql`select private.modera_admit(${user})`;
      await sql`select ledger.grant_credits('modera', ${user}, 10, 'grant')`;
      await sql`select ledger.hold('modera', ${user}, 4, 'hold', 'tryon', '1 second')`;
      const [hold] = await eventually(
        () => sql`select state from ledger.holds`,
        ([row]) => row?.["state"] === "expired",
        75_000,
      );
      assert.equal(hold?.["state"], "expired");
      const failed = await sql`select * from private.cron_heartbeats where failures > 0`;
      assert.deepEqual(failed.map(({ job, last_error }) => [job, last_error]), []);
    });
  },
});
