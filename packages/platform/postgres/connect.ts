import postgres from "postgres";
import { lastingPool } from "./lasting_pool.ts";
import { localPassword, type PostgresServer } from "./server.ts";

/** A pool of connections to the platform's Postgres. */
export type Sql = postgres.Sql;

/** How long making a connection may take, in seconds: one that breaks at its start may wait for nothing. */
export const connectSeconds = 5;

/**
 * Connections of `role` over the server's socket, where no password is asked; they outlive a crash of the server.
 * Notices are dropped; give `max` connections (default 1).
 */
export function connect(
  server: PostgresServer,
  role: string,
  database = "postgres",
  options: postgres.Options<Record<string, never>> = {},
): Sql {
  return lastingPool((onclose) =>
    postgres({
      path: `${server.socketFolder}/.s.PGSQL.${server.port}`,
      port: server.port,
      user: role,
      database,
      max: 1,
      onnotice: () => {},
      connect_timeout: connectSeconds,
      ...options,
      onclose,
    })
  );
}

/** The TCP address of a database for `role`, as clients outside of the platform use it. */
export function databaseUrl(server: PostgresServer, role = "postgres", database = "postgres") {
  return `postgresql://${role}:${localPassword}@127.0.0.1:${server.port}/${database}`;
}
