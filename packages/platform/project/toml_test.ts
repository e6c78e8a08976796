import assert from "node:assert/strict";
import { parseToml } from "./toml.ts";

Deno.test("tables, strings, numbers, booleans and arrays are read; comments are not", () => {
  const tables = parseToml(`
    project_id = "a#b" # the name
    [api]
    schemas = [
      "api", # first
      "modera",
    ]
    max_rows = 1_000
    [functions.try-on]
    verify_jwt = false
    entrypoint = './x.ts'
  `);
  assert.deepEqual(tables, {
    "": { project_id: "a#b" },
    api: { schemas: ["api", "modera"], max_rows: 1000 },
    "functions.try-on": { verify_jwt: false, entrypoint: "./x.ts" },
  });
});

Deno.test("what is not understood is refused with its line", () => {
  assert.throws(() => parseToml("[api]\nschemas"), /line 2/);
  assert.throws(() => parseToml("day = 1979-05-27"), /line 1/);
});
