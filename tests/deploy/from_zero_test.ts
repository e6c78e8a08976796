import assert from "node:assert/strict";
import { newKeys } from "../../packages/platform/keys.ts";
import { prepareDatabase } from "../../packages/platform/postgres/database.ts";
import { databaseUrl } from "../../packages/platform/postgres/connect.ts";
import { startPostgres } from "../../packages/platform/postgres/server.ts";
import { silent } from "../../packages/platform/progress.ts";
import { readProject } from "../../packages/platform/project/project.ts";
import postgres from "postgres";
import { freshDatabase } from "../harness/database.ts";
import { catalogueOf } from "../security/catalogue.ts";
import { factsOnlyIn, structureOf } from "./structure.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** What the migrations make of an empty Postgres 17. */
async function fromZero() {
  const data = await Deno.makeTempDir({ prefix: "tessera-17-" });
  const server = await startPostgres({ root, data, port: 0, durable: false });
  try {
    await prepareDatabase({
      server,
      project: await readProject(root),
      keys: newKeys(),
      data,
      template: false,
      progress: silent,
    });
    const sql = postgres(databaseUrl(server), { max: 1, onnotice: () => {} });
    const [{ version }] = await sql<
      [{ version: string }]
    >`select current_setting('server_version') as version`;
    const made = { version, structure: await structureOf(sql), catalogue: await catalogueOf(sql) };
    await sql.end();
    return made;
  } finally {
    await server.stop();
    await Deno.remove(data, { recursive: true }).catch(() => {});
  }
}

Deno.test("the migrations of an empty Postgres 17 give the same database each time", async () => {
  const [once, again] = [await fromZero(), await fromZero()];
  await using tested = await freshDatabase(2);
  assert.match(once.version, /^17\./);
  for (const other of [again.structure, await structureOf(tested.sql)]) {
    assert.deepEqual(factsOnlyIn(once.structure, other), []);
    assert.deepEqual(factsOnlyIn(other, once.structure), []);
  }
  assert.equal(once.catalogue, again.catalogue);
});
