import type postgres from "postgres";

/** How long calls under way on a replaced pool may take to finish, in seconds. */
const graceSeconds = 5;

type Listen = postgres.Sql["listen"];

/** A pool, and how to tell those who wait for it in vain. */
interface Pool {
  sql: postgres.Sql;
  waiting: Set<(reason: Error) => void>;
}

/**
 * A pool that outlives crashes of Postgres: when a connection of it closes, a new pool takes its place, because the
 * driver may use that connection again although it is broken, and forgets calls that were waiting on it; ending the
 * old pool rejects those. What listens goes on listening.
 *
 * @param open Opens a pool of postgres.js that calls its argument when one of its connections closes.
 */
export function lastingPool(open: (onclose: () => void) => postgres.Sql): postgres.Sql {
  bearLostConnections();
  const heard: Parameters<Listen>[] = [];
  const replaced = new Set<Promise<void>>();
  let ending = false;
  let current = next();

  function next(): Pool {
    const pool: Pool = {
      sql: open(() => !ending && pool === current && replace()),
      waiting: new Set(),
    };
    return pool;
  }

  function replace(): void {
    const { sql, waiting } = current;
    current = next();
    for (const listening of heard) current.sql.listen(...listening).catch(() => {});
    const ended = sql.end({ timeout: graceSeconds }).then(() => {
      replaced.delete(ended);
      for (const reject of waiting) reject(lost());
    });
    replaced.add(ended);
  }

  const own = {
    listen(...listening: Parameters<Listen>) {
      heard.push(listening);
      return current.sql.listen(...listening);
    },
    async reserve() {
      const pool = current;
      const reserved = await answerOf(pool, pool.sql.reserve());
      const { unsafe } = reserved;
      const asked = (...query: Parameters<typeof unsafe>) => answerOf(pool, unsafe(...query));
      return Object.assign(reserved, { unsafe: asked });
    },
    async end(options?: { timeout?: number }) {
      ending = true;
      await Promise.all([current.sql.end(options), ...replaced]);
    },
  };
  return new Proxy(current.sql, {
    apply: (_, self, args) => Reflect.apply(current.sql, self, args),
    get: (_, name) => Reflect.get(name in own ? own : current.sql, name),
  });
}

/** The answer, or a refusal when the pool ended first: the driver forgets who waits for a reserved connection. */
function answerOf<T>({ waiting }: Pool, answer: PromiseLike<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  waiting.add(reject);
  answer.then(resolve, reject);
  return promise.finally(() => waiting.delete(reject));
}

function lost(): Error {
  return Object.assign(new Error("The connection was lost."), { code: "CONNECTION_CLOSED" });
}

let borne = false;

/**
 * Two errors of postgres.js that nobody can catch, and that say nothing which the caller is not told: it writes to a
 * connection after it closed (the rollback of a transaction, what is asked of a reserved connection) from a timer; and
 * a connection that closes while the driver asks for the types of arrays rejects a promise that nobody has. Either
 * would end the process.
 */
function bearLostConnections(): void {
  if (borne) return;
  borne = true;
  globalThis.addEventListener("error", (event) => {
    const stack = event.error instanceof TypeError ? event.error.stack ?? "" : "";
    if (/nextWrite .*postgres\/src\/connection\.js/.test(stack)) event.preventDefault();
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    const { reason } = event;
    const query = reason instanceof Error && "query" in reason ? String(reason.query) : "";
    if (/select b\.oid, b\.typarray\s+from pg_catalog\.pg_type a/.test(query)) {
      event.preventDefault();
    }
  });
}
