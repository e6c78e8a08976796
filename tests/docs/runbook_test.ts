import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";

const root = new URL("../..", import.meta.url).pathname;
const runbook = await Deno.readTextFile(`${root}RUNBOOK.md`);

/** What somebody on call must find. */
const chapters = [
  "Is it healthy?",
  "A payment was made and no credits arrived",
  "A job is stuck",
  "Events are to be replayed",
  "Cron stopped",
  "Rotate a key",
  "Restore from a backup",
  "Erase a person",
  "Roll back a migration",
];

Deno.test("the runbook has a chapter for each thing that happens", () => {
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  for (const chapter of chapters) assert.ok(headings.includes(chapter), chapter);
});

Deno.test("the runbook tells of every secret that functions read", async () => {
  const example = await Deno.readTextFile(`${root}.env.example`);
  const secrets = [...example.matchAll(/^#? ?([A-Z_]*(?:SECRET|TOKEN|API_KEY|SECRET_KEY))=/gm)];
  assert.ok(secrets.length > 6);
  for (const [, name] of secrets) assert.ok(runbook.includes(`\`${name}\``), name);
  for (const [, file] of runbook.matchAll(/`((?:tests|packages)\/[\w/]+\.ts)`/g)) {
    assert.ok((await Deno.stat(root + file)).isFile);
  }
});

Deno.test("an erasure that an operator asks for is the person's own, and may be without grace", async () => {
  const [, chapter = ""] = runbook.split("## Erase a person");
  const [, block = ""] = chapter.match(/```sql\n([\s\S]*?)```/) ?? [];
  await using database = await freshDatabase(2);
  const { sql } = database;
  const id = crypto.randomUUID();
  await sql`insert into auth.users (id, email) values (${id}, ${`${id}@example.com`})`;
  await sql`select private.modera_admit(${id})`;
  const [ask = "", shorten = "", look = ""] = block.replaceAll(/--.*$/gm, "").split(";")
    .map((statement) => statement.trim().replaceAll("…", id));
  await sql.unsafe(ask);
  await sql.unsafe(shorten);
  const [erasure] = await sql.unsafe(look);
  assert.equal(erasure?.["state"], "requested");
  const [entry] = await sql`
    select actor from audit.log where action = 'account.erasure_requested'`;
  assert.equal(entry?.["actor"], id);
  await database.advanceClock("2 minutes");
  await sql`select private.wake_erasures()`;
  const jobs = await sql`select from jobs.queue where kind = 'account.erasure'`;
  assert.equal(jobs.length, 1);
});
