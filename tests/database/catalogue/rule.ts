import assert from "node:assert/strict";
import type { Sql, TransactionSql } from "postgres";
import { freshDatabase } from "../../harness/database.ts";

/** What holds of every object in the project's schemas, whoever adds the next one. */
export interface Rule {
  name: string;
  /** Selects, as `name`, whatever breaks the rule. */
  offenders: (sql: Sql | TransactionSql) => PromiseLike<readonly unknown[]>;
  /** Statements that break it, to show that the rule would notice. */
  breach: string;
}

/** One test a file; each rule must hold, and must notice its breach. */
export function holds(title: string, rules: Rule[]): void {
  Deno.test(title, async (t) => {
    await using database = await freshDatabase();
    for (const { name, offenders, breach } of rules) {
      await t.step(name, async () => {
        assert.deepEqual(names(await offenders(database.sql)), []);
        const undo = new Error("undo");
        await assert.rejects(
          database.sql.begin(async (tx) => {
            await tx.unsafe(breach);
            assert.notDeepEqual(names(await offenders(tx)), [], "the breach went unnoticed");
            throw undo;
          }),
          (reason) => reason === undo,
        );
      });
    }
  });
}

function names(rows: readonly unknown[]): string[] {
  return rows.map((row) => (row as { name: string }).name);
}
