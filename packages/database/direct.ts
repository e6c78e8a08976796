import postgres from "postgres";
import type { Caller, Database, RequestMark, Session } from "./database.ts";
import { literal, quotedName } from "./literal.ts";
import { ReplaceablePool } from "./replaceable_pool.ts";
import { refusalOf } from "./sql_problem.ts";
import type { Json } from "./types.ts";

/** How the direct connection is kept. */
export interface DirectOptions {
  /** Connections an isolate opens at most. Edge isolates are many, so few each. */
  maxConnections?: number;
  /** A call that takes longer is cancelled: `database_unavailable`. Milliseconds. */
  statementTimeoutMs?: number;
  /** Idle connections are closed after this many seconds. */
  idleSeconds?: number;
}

/**
 * Reaches the database over a Postgres connection. A call is one message to the server and one
 * transaction: the role and the claims are set for that transaction only, then the function is
 * called, so nothing stays on the pooled connection. Works on a transaction pooler too: no
 * statement is prepared.
 */
export function directDatabase(url: string, options: DirectOptions = {}): Database {
  const pool = new ReplaceablePool(() => connect(url, options));
  const timeoutMs = options.statementTimeoutMs ?? 15_000;
  const as = (caller: Caller, mark?: RequestMark): Session => ({
    async rpc(schema, name, args) {
      const message = callMessage({ caller, mark, timeoutMs }, schema, name, args);
      return refusalOf(await pool.run((sql) => lastAnswer(sql, message)));
    },
    marked: (mark) => as(caller, mark),
  });
  return { as, close: () => pool.close() };
}

function connect(url: string, options: DirectOptions): postgres.Sql {
  return postgres(url, {
    max: options.maxConnections ?? 4,
    idle_timeout: options.idleSeconds ?? 30,
    connect_timeout: 5,
    prepare: false,
    fetch_types: false,
    connection: { application_name: "tessera" },
    onnotice: () => {},
  });
}

/** What a call's transaction is told before the call. */
export interface CallSettings {
  caller: Caller;
  mark?: RequestMark | undefined;
  /** How long the call may take, in milliseconds. */
  timeoutMs: number;
}

/**
 * The one message of a call: two statements, which Postgres runs as one transaction. Who calls is
 * said for that transaction only.
 */
export function callMessage(
  settings: CallSettings,
  schema: string,
  name: string,
  args: object,
): string {
  return `${settingsStatement(settings)};${callStatement(schema, name, args)}`;
}

function settingsStatement({ caller, mark, timeoutMs }: CallSettings): string {
  const settings = {
    role: caller.role,
    "request.jwt.claims": JSON.stringify(caller.claims),
    "statement_timeout": timeoutMs,
    ...(mark ? { "request.id": mark.requestId, "request.traceparent": mark.traceparent } : {}),
  };
  const each = Object.entries(settings).map(([name, value]) =>
    `set_config('${name}',${literal(value)},true)`
  );
  return `select ${each.join(",")}`;
}

function callStatement(schema: string, name: string, args: object): string {
  const named = Object.entries(args)
    .filter(([, value]) => value !== undefined)
    .map(([argument, value]) => `${quotedName(argument)}=>${literal(value)}`);
  return `select ${quotedName(schema)}.${quotedName(name)}(${named.join(",")}) as answer`;
}

async function lastAnswer(sql: postgres.Sql, message: string): Promise<Json> {
  const results: unknown = await sql.unsafe(message).simple();
  const call = (results as { answer: Json }[][])[1];
  return call?.[0]?.answer ?? null;
}
