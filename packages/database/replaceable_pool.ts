import type postgres from "postgres";
import { problemOfSqlError } from "./sql_problem.ts";

/** Errors by which the driver says that a connection which had been made is gone. */
const lost = /^(ECONNRESET|EPIPE|CONNECTION_CLOSED|CONNECTION_DESTROYED|57P0[1-3])$/;

/** How long calls under way on a replaced pool may take to finish, in seconds. */
const graceSeconds = 5;

/**
 * A pool that is thrown away when it loses a connection. The driver forgets calls that were waiting
 * on a connection which broke, and uses it again; a new pool has no such connection, and ending the
 * old one rejects what it forgot.
 */
export class ReplaceablePool {
  readonly #open: () => postgres.Sql;
  #current: postgres.Sql;
  #ending: Promise<void>[] = [];

  constructor(open: () => postgres.Sql) {
    this.#open = open;
    this.#current = open();
  }

  /**
   * Runs a call on the pool. It is not repeated: it may have been carried out before the loss.
   *
   * @throws Problem, see `problemOfSqlError`.
   */
  async run<T>(call: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = this.#current;
    try {
      return await call(sql);
    } catch (error) {
      if (isLoss(error) && this.#current === sql) {
        this.#current = this.#open();
        this.#end(sql);
      }
      throw problemOfSqlError(error);
    }
  }

  async close(): Promise<void> {
    this.#end(this.#current);
    await Promise.all(this.#ending);
  }

  #end(sql: postgres.Sql): void {
    const ended = sql.end({ timeout: graceSeconds }).finally(() => {
      this.#ending = this.#ending.filter((ending) => ending !== ended);
    });
    this.#ending.push(ended);
  }
}

function isLoss(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && lost.test(code);
}
