import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";

const root = new URL("../..", import.meta.url).pathname;
const pages = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "RUNBOOK.md", "CONTRIBUTING.md"];
const readmesOf = "packages";

/** What a page shows as SQL: fenced blocks, and inline code that is a whole statement. */
function statementsOf(page: string): string[] {
  const fenced = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    (block ?? "").replaceAll(/--.*$/gm, "").split(";")
  );
  const inline = [...page.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`]+);`/g)]
    .map(([, statement]) => statement ?? "");
  return [...fenced, ...inline].map((statement) => statement.trim()).filter(Boolean);
}

/** The statement with something of the right form for each thing that a reader fills in. */
function filledIn(statement: string): string {
  return statement
    .replaceAll(/:(holder|hold)\b/g, "'00000000-0000-0000-0000-000000000000'")
    .replaceAll("'…'", "'00000000-0000-0000-0000-000000000000'");
}

Deno.test("every SQL statement that the documents show can be run here", async (t) => {
  await using database = await freshDatabase();
  const packages = [...Deno.readDirSync(`${root}${readmesOf}`)].map(({ name }) =>
    `${readmesOf}/${name}/README.md`
  );
  let seen = 0;
  for (const path of [...pages, ...packages]) {
    for (const statement of statementsOf(await Deno.readTextFile(root + path))) {
      seen++;
      await t.step(`${path}: ${statement}`, async () => {
        const prepared = /^(select|with|insert|update|delete)\b/i.test(statement);
        const probe = prepared ? `explain ${filledIn(statement)}` : filledIn(statement);
        const undo = new Error("undo");
        await assert.rejects(
          database.sql.begin(async (tx) => {
            await tx.unsafe(probe);
            throw undo;
          }),
          (error) => error === undo,
        );
      });
    }
  }
  assert.ok(seen > 15, `only ${seen} statements were found`);
});
