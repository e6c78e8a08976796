import assert from "node:assert/strict";
import { Problem, problemDocument, problemResponse } from "./problem.ts";
import { problemCodes } from "./problem_codes.ts";

const root = new URL("../..", import.meta.url).pathname;
const raisedIn = {
  sql: /raise_problem\(\s*(\d{3}),\s*'([a-z_]+)'/g,
  ts: /new Problem\(\s*(\d{3}),\s*"([a-z_]+)"/g,
};

Deno.test("every code that SQL or TypeScript raises is in the table, with its status", async () => {
  const table: Record<string, { statuses: readonly number[] }> = problemCodes;
  let seen = 0;
  for await (const file of sources()) {
    const pattern = file.endsWith(".sql") ? raisedIn.sql : raisedIn.ts;
    for (const [, status, code] of (await Deno.readTextFile(file)).matchAll(pattern)) {
      seen++;
      const row = table[code ?? ""];
      assert.ok(row, `${file}: ${code} is not in the table`);
      assert.ok(row.statuses.includes(Number(status)), `${file}: ${code} with ${status}`);
    }
  }
  assert.ok(seen > 30);
});

Deno.test("a problem's extras do not overwrite its standard members", () => {
  const raised = new Problem(409, "hold_resolved", "It was captured.", {
    extra: { status: 200, code: "ok", state: "captured", field: "hold_id" },
  });
  const document = problemDocument(raised, "r1");
  assert.deepEqual([document["status"], document["code"]], [409, "hold_resolved"]);
  assert.equal(document["state"], "captured");
  assert.deepEqual(document["errors"], [{ field: "hold_id", message: "It was captured." }]);
});

Deno.test("429 and 503 always say when to try again", () => {
  for (const status of [429, 503]) {
    assert.ok(problemResponse(new Problem(status, "x", "y"), "r").headers.get("retry-after"));
  }
});

async function* sources(folders = ["packages", "supabase/migrations"]): AsyncGenerator<string> {
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(root + folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) yield* sources([path]);
      else if (/\.(sql|ts)$/.test(name) && !name.endsWith("_test.ts")) yield root + path;
    }
  }
}
