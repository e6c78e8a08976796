import postgres from "postgres";
import { testPlatform } from "./environment.ts";

/** A database of its own for one test: every migration applied, nothing else in it, its own clock. */
export interface Database extends AsyncDisposable {
  /** Address for the role postgres. */
  url: string;
  /** Connections as the role postgres, which migrations ran as; a superuser it is not. */
  sql: postgres.Sql;
  /** Address for another login role, such as `tessera_functions` or `authenticator`. */
  urlFor(role: string): string;
  /** Moves this database's clock; returns the new time. */
  advanceClock(by: string): Promise<Date>;
  /** Ends the connections and drops the database. */
  close(): Promise<void>;
}

/** Clones the template database; about 100 ms. `connections` is how many calls can run in it at once. */
export async function freshDatabase(connections = 30): Promise<Database> {
  const { admin_url, template, db_url } = testPlatform();
  const name = `test_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await administer(admin_url, `create database ${name} template ${template} owner postgres`);
  const urlFor = (role: string) => {
    const url = new URL(db_url);
    url.username = role;
    url.pathname = `/${name}`;
    return url.href;
  };
  const sql = postgres(urlFor("postgres"), { max: connections, onnotice: () => {} });
  // Or everything would be late in a clone of a template that is minutes old.
  await sql`update private.cron_heartbeats set watched_since = private.now()`;
  let closed: Promise<void> | undefined;
  const close = () =>
    closed ??= (async () => {
      await sql.end({ timeout: 1 });
      await administer(admin_url, `drop database if exists ${name} with (force)`);
    })();
  return {
    url: urlFor("postgres"),
    sql,
    urlFor,
    async advanceClock(by) {
      const [row] = await sql<
        { now: Date }[]
      >`select platform.advance_clock(${by}::interval) as now`;
      return row?.now ?? new Date();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end({ timeout: 1 });
  }
}
