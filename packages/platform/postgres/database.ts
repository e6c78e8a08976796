import { postgresAccount } from "./account.ts";
import { applyMigrations } from "./migrations.ts";
import { connect } from "./connect.ts";
import { runPlatformSql } from "./platform_sql.ts";
import type { PostgresServer } from "./server.ts";
import { provisionAuth } from "../data_api/lite.ts";
import { type Keys, token } from "../keys.ts";
import type { Progress } from "../progress.ts";
import type { Project } from "../project/project.ts";

/** The database that tests clone theirs from. */
export const templateDatabase = "tessera_template";

/** What preparing the database needs. */
export interface Preparation {
  server: PostgresServer;
  project: Project;
  keys: Keys;
  data: string;
  template: boolean;
  progress: Progress;
  /** The server has the real pg_cron, so the platform's stands back. */
  pgCron?: boolean;
}

/**
 * Makes the database of a hosted project out of an empty cluster, and brings it to the newest migration.
 * @throws StartFailure when platform SQL or a migration fails.
 */
export async function prepareDatabase(preparation: Preparation): Promise<void> {
  const { server, project, keys, data, progress } = preparation;
  const superuser = connect(server, "supabase_admin");
  try {
    const [done] = await superuser<{ ready: boolean }[]>`
      select to_regclass('platform.clock') is not null as ready`;
    if (!done?.ready) {
      await progress.step("Roles, extensions, cron, net, vault, auth and storage", async () => {
        await writeVaultKey(data);
        await runPlatformSql(superuser, "01", "02");
        if (preparation.pgCron) await superuser.unsafe(realPgCron);
        else await runPlatformSql(superuser, "03");
        await runPlatformSql(superuser, "04", "05", "06", "07");
        await provisionAuth(server, project, keys);
        await runPlatformSql(superuser, "08", "09");
      });
    }
    await progress.step("Migrations", () => migrate(preparation));
    await runPlatformSql(superuser, "10");
    const schemas = project.schemas.join(", ");
    await superuser.unsafe(`alter database postgres set pgrst.db_schemas = '${schemas}'`);
  } finally {
    await superuser.end();
  }
  if (preparation.template) await makeTemplate(server);
}

/** As hosted projects grant it to postgres. */
const realPgCron = `
  create extension pg_cron;
  grant usage on schema cron to postgres with grant option;
  grant all on all tables in schema cron to postgres with grant option;
  grant all on all functions in schema cron to postgres with grant option`;

async function migrate({ server, project, data }: Preparation): Promise<void> {
  const sql = connect(server, "postgres");
  try {
    await applyMigrations(sql, project.migrations, data);
  } finally {
    await sql.end();
  }
}

/** The key of Vault: a file that only Postgres' account may read. */
async function writeVaultKey(data: string): Promise<void> {
  const account = postgresAccount();
  await Deno.writeTextFile(`${data}/vault.key`, token(32), { mode: 0o600 });
  if (account) await Deno.chown(`${data}/vault.key`, account.uid, account.gid);
}

async function makeTemplate(server: PostgresServer): Promise<void> {
  const superuser = connect(server, "supabase_admin", "template1");
  try {
    await superuser.unsafe(`drop database if exists ${templateDatabase}`);
    await superuser.unsafe(`create database ${templateDatabase} template postgres owner postgres`);
  } finally {
    await superuser.end();
  }
}
