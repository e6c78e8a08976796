import postgres from "postgres";
import { type Platform, progressOnStderr, startPlatform } from "../../packages/platform/mod.ts";

/** The checkout. */
export const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** private.now() as the migration has it. */
const hostedClock = `create or replace function private.now() returns timestamptz
  language plpgsql stable set search_path = '' as 'begin return pg_catalog.now(); end'`;

/** A database of its own, with all migrations and nothing else. */
export interface Room {
  /** As the role postgres, 20 connections. */
  sql: postgres.Sql;
  /** As superuser, one connection, for what no role of a hosted project may do. */
  superuser: postgres.Sql;
  url: string;
}

/** Where measurements take place: one platform, made when it is first asked for, and rooms in its Postgres. */
export class Stage implements AsyncDisposable {
  #stack = new AsyncDisposableStack();
  #platform: Promise<Platform> | undefined;
  #made = new Map<unknown, Promise<unknown>>();

  /** What a measurement was given by name on the command line, as `--sql`. */
  constructor(readonly given: Record<string, string>) {}

  platform(): Promise<Platform> {
    return this.#platform ??= (async () => {
      const platform = await startPlatform({
        root,
        port: 0,
        template: true,
        withoutImaging: true,
        withoutWorkers: true,
        progress: progressOnStderr("bench"),
      });
      this.#stack.defer(() => platform.stop());
      return platform;
    })();
  }

  /** What several measurements share: made once by `make`, by which it is known. */
  shared<T>(make: (stage: Stage) => Promise<T>): Promise<T> {
    const made = this.#made.get(make) ?? make(this);
    this.#made.set(make, made);
    return made as Promise<T>;
  }

  /** Ends something when the stage is left, before what it was made of. */
  defer(end: () => Promise<unknown>): void {
    this.#stack.defer(async () => void await end());
  }

  /**
   * A database of its own, gone when the stage is left. Its clock is the migrations' own, as in a hosted project;
   * `movable` leaves the one that the platform puts in its place, which reads a table.
   */
  async room(name: string, { movable = false } = {}): Promise<Room> {
    const { db_url } = await this.platform();
    const database = `bench_${name}`;
    const address = (role: string, path: string) => {
      const url = new URL(db_url);
      url.username = role;
      url.pathname = path;
      return url.href;
    };
    const admin = postgres(address("supabase_admin", "template1"), { max: 1, onnotice: () => {} });
    this.defer(() => admin.end({ timeout: 1 }));
    await admin.unsafe(`create database ${database} template tessera_template owner postgres`);
    const url = address("postgres", database);
    const sql = postgres(url, { max: 20, onnotice: () => {} });
    const superuser = postgres(address("supabase_admin", database), { max: 1, onnotice: () => {} });
    if (!movable) await superuser.unsafe(hostedClock);
    this.defer(() => Promise.all([sql.end({ timeout: 1 }), superuser.end({ timeout: 1 })]));
    return { sql, superuser, url };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
