import assert from "node:assert/strict";
import { freshDatabase } from "../../harness/database.ts";
import { dtfRowsOf } from "./rows.ts";

/** What an erasure leaves of a person in DTF Editor, and why. */
const kept = ["dtf.users", "dtf.api_usage_logs"];

Deno.test("X-10: an erasure leaves no picture, operation, collection or activity of a person in DTF Editor", async () => {
  await using database = await freshDatabase(4);
  const { sql } = database;
  const [person, other] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const id of [person, other]) {
    await sql`insert into auth.users (id, email, email_confirmed_at) values (${id}, ${`${id}@example.com`}, now())`;
  }
  await dtfRowsOf(sql, person);
  await sql`select private.dtf_admit(${other})`;
  await sql`insert into dtf.images (user_id, original_filename) values (${other}, 'theirs.png')`;
  const tables = await sql<{ table_name: string }[]>`
    select table_name from private.personal_data where table_name like 'dtf.%' and table_name <> all (${kept})`;
  const rowsOf = async (id: string) => {
    const counts: Record<string, number> = {};
    for (const { table_name } of tables) {
      const [row] =
        await sql`select jsonb_array_length(private.personal_rows(${table_name}, ${id}, 100, 0)) as count`;
      counts[table_name] = row?.["count"];
    }
    return counts;
  };
  for (const [table, count] of Object.entries(await rowsOf(person))) assert.ok(count > 0, table);
  await sql`select private.bid_farewell(${person})`;
  await sql`select private.erase_rows(${person})`;
  for (const [table, count] of Object.entries(await rowsOf(person))) assert.equal(count, 0, table);
  assert.equal((await rowsOf(other))["dtf.images"], 1, "nobody else's");
});
