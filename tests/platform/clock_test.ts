import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";

Deno.test("private.now() follows the platform's clock, in one database alone", async () => {
  await using moved = await freshDatabase();
  await using still = await freshDatabase();
  await moved.advanceClock("3 days");
  const ahead = async ({ sql }: typeof moved) => {
    const [row] = await sql<{ hours: number }[]>`
      select round(extract(epoch from private.now() - now()) / 3600)::integer as hours`;
    return row?.hours;
  };
  assert.equal(await ahead(moved), 72);
  assert.equal(await ahead(still), 0);
});

Deno.test("the clock can be set and put back", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [set] = await sql<{ time: Date }[]>`select platform.set_clock('2030-01-01 00:00Z') as time`;
  assert.equal(set?.time.getUTCFullYear(), 2030);
  await sql`select platform.reset_clock()`;
  const [row] = await sql`select private.now() = now() as real`;
  assert.equal(row?.real, true);
});

Deno.test("a caller of the API cannot move the clock", async () => {
  await using database = await freshDatabase();
  await assert.rejects(
    database.sql.begin(async (sql) => {
      await sql`set local role authenticated`;
      await sql`select platform.advance_clock('1 day')`;
    }),
    { code: "42501" },
  );
});
