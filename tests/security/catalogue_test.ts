import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";
import { catalogueOf } from "./catalogue.ts";
import { snapshot } from "./snapshot.ts";

Deno.test("X-01, X-02, X-05: who may do what in the database is what was reviewed", async () => {
  await using database = await freshDatabase();
  const catalogue = await catalogueOf(database.sql);
  assert.ok(!catalogue.includes("NO REASON"));
  await snapshot("catalogue.txt", catalogue);
});
