import type { TransactionSql } from "postgres";
import type { Sql } from "../postgres/connect.ts";
import type { Caller } from "./caller.ts";
import { problemOfSql } from "./problem.ts";

/** Works on Storage's tables under the row level security of a caller. */
export type AsCaller = <T>(caller: Caller, work: (tx: TransactionSql) => Promise<T>) => Promise<T>;

/** The service's own caller. */
export const service: Caller = { role: "service_role", claims: { role: "service_role" } };

/** Runs work in a transaction as the caller; what policies refuse becomes a StorageProblem. */
export function asCallerOn(sql: Sql): AsCaller {
  return async (caller, work) => {
    try {
      const done = await sql.begin(async (tx) => {
        await tx`select set_config('role', ${caller.role}, true),
          set_config('request.jwt.claims', ${JSON.stringify(caller.claims)}, true)`;
        return { result: await work(tx) };
      });
      return done.result as Awaited<ReturnType<typeof work>>;
    } catch (reason) {
      throw problemOfSql(reason);
    }
  };
}
