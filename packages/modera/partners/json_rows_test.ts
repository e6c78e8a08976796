import assert from "node:assert/strict";
import { FeedFailure, type FeedRow } from "./feed_row.ts";
import { jsonRows } from "./json_rows.ts";

async function read(text: string, size = 5): Promise<FeedRow[]> {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  return (await Array.fromAsync(jsonRows(ReadableStream.from(pieces)))).flat();
}

function outline(rows: FeedRow[]): string[] {
  return rows.map((row) => `${row.line} ${"error" in row ? row.error.code : "ok"}`);
}

Deno.test("an array and objects by line have the same rows", async () => {
  const first = { line: 2, columns: { id: 1, title: 'a } " {', sizes: ["S"] } };
  const objects = [{ id: 1, title: 'a } " {', sizes: ["S"] }, { id: 2, deep: { er: {} } }];
  const lines = `\n${objects.map((each) => JSON.stringify(each)).join("\n")}\n`;
  const array = `[\n${objects.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`;
  for (const text of [lines, array]) {
    for (const size of [1, 5, 1000]) {
      const rows = await read(text, size);
      assert.deepEqual(rows[0], first);
      assert.deepEqual(outline(rows), ["2 ok", "3 ok"]);
    }
  }
});

Deno.test("an object may go over several lines of an array", async () => {
  const rows = await read(JSON.stringify([{ id: 1 }, { id: 2 }], null, 2));
  assert.deepEqual(outline(rows), ["2 ok", "5 ok"]);
});

Deno.test("a bad object spoils itself only", async () => {
  assert.deepEqual(outline(await read('[{"id": 1},\n{"id": oops},\n{"id": 3}]')), [
    "1 ok",
    "2 malformed_row",
    "3 ok",
  ]);
  assert.deepEqual(outline(await read('{"id": 1}\n{"id"\n[1]\n{"id": 4}')), [
    "1 ok",
    "2 malformed_row",
    "3 malformed_row",
    "4 ok",
  ]);
});

Deno.test("a row of more than 65,536 characters is refused", async () => {
  const rows = await read(`{"id":"${"x".repeat(70_000)}"}\n{"id":"2"}`, 9000);
  assert.deepEqual(outline(rows), ["1 row_too_long", "2 ok"]);
});

for (
  const [what, text, code] of [
    ["nothing", " \n", "empty_feed"],
    ["an array that does not end", '[{"id": 1}', "malformed_feed"],
    ["an object that does not end", '[{"id": 1', "malformed_feed"],
    ["an array of numbers", "[1, 2]", "malformed_feed"],
    ["something after the array", "[] x", "malformed_feed"],
  ] as const
) {
  Deno.test(`${what} is no feed: ${code}`, async () => {
    await assert.rejects(
      read(text),
      (error) => error instanceof FeedFailure && error.code === code,
    );
  });
}
