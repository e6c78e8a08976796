import assert from "node:assert/strict";
import { csvRows } from "./csv_rows.ts";
import { FeedFailure, type FeedRow } from "./feed_row.ts";

/** All rows of a text that comes in pieces of `size` characters. */
async function read(text: string, size = 7, required: string[] = ["id"]): Promise<FeedRow[]> {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  return (await Array.fromAsync(csvRows(ReadableStream.from(pieces), required))).flat();
}

/** The lines of rows that can be read, and the codes of the others. */
function outline(rows: FeedRow[]): string[] {
  return rows.map((row) => `${row.line} ${"error" in row ? row.error.code : "ok"}`);
}

Deno.test("rows are the same in whatever pieces the text comes", async () => {
  const text = 'id,title\n1,"a, ""b"""\r\n\n2,"two\nlines"\n3,ы';
  const wanted = [
    { line: 2, columns: { id: "1", title: 'a, "b"' } },
    { line: 4, columns: { id: "2", title: "two\nlines" } },
    { line: 6, columns: { id: "3", title: "ы" } },
  ];
  for (const size of [1, 2, 7, 1000]) assert.deepEqual(await read(text, size), wanted);
});

for (const delimiter of [",", ";", "\t"]) {
  Deno.test(`a header tells that fields are parted by ${JSON.stringify(delimiter)}`, async () => {
    const rows = await read(`\n ID ${delimiter}Title\n1${delimiter}a`);
    assert.deepEqual(rows, [{ line: 3, columns: { id: "1", title: "a" } }]);
  });
}

Deno.test("a quote that does not close spoils its own line only", async () => {
  const rest = Array.from({ length: 40 }, (_, n) => `${n},"x, y"`).join("\n");
  const rows = await read(`id,title\n1,"open\n${rest}`);
  assert.deepEqual(outline(rows).slice(0, 3), ["2 malformed_row", "3 ok", "4 ok"]);
  assert.equal(rows.length, 41);
});

Deno.test("two lines with one quote each are two bad lines, and not one row", async () => {
  const rows = await read('id,title\n1,15" laptop\n2,good\n3,19" laptop\n4,good');
  assert.deepEqual(outline(rows), ["2 malformed_row", "3 ok", "4 malformed_row", "5 ok"]);
});

Deno.test("a quote that is open at the end spoils the last line only", async () => {
  assert.deepEqual(outline(await read('id\n1\n"2\n3')), ["2 ok", "3 malformed_row", "4 ok"]);
});

Deno.test("rows with too many or too few fields are told, each by its line", async () => {
  const rows = await read("id,title\n1\n2,b\n3,c,d\n");
  assert.deepEqual(outline(rows), ["2 wrong_number_of_fields", "3 ok", "4 wrong_number_of_fields"]);
});

const failures: [what: string, text: string, code: string][] = [
  ["nothing", "", "empty_feed"],
  ["blank lines", "\n\n", "empty_feed"],
  ["a header without a needed column", "name\n1", "missing_columns"],
  ["a header with a column twice", "id,ID\n1,2", "duplicate_column"],
];

for (const [what, text, code] of failures) {
  Deno.test(`${what} is no feed: ${code}`, async () => {
    await assert.rejects(
      read(text),
      (error) => error instanceof FeedFailure && error.code === code,
    );
  });
}
