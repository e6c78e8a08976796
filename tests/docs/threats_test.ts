import assert from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname;
const page = await Deno.readTextFile(`${root}SECURITY.md`);
const rows = page.split("\n").filter((line) => line.startsWith("|"));
const categories = [
  "Spoofing",
  "Tampering",
  "Repudiation",
  "Information disclosure",
  "Denial of service",
  "Elevation of privilege",
];

/** The tests that the page names: a file, and words of a test's name in it. */
const named = rows.flatMap((row) => {
  const [, file, name] = row.match(/\| `([^`]+_test\.ts)`: (.+?) \|$/) ?? [];
  return file && name ? [{ file, name }] : [];
});

Deno.test("every threat in SECURITY.md names a test that is there", async () => {
  for (const { file, name } of named) {
    const source = await Deno.readTextFile(root + file);
    assert.ok(source.includes(name), `${file} has no test "${name}"`);
  }
});

Deno.test("every kind of threat is there, and no threat is without a test", () => {
  const headings = rows.flatMap((row) => row.match(/^\| \*\*(.+?)\*\* \|/)?.[1] ?? []);
  assert.deepEqual(headings, categories);
  const from = rows.findIndex((row) => row.includes("**Spoofing**"));
  const threats = rows.slice(from).filter((row) => !row.startsWith("| **"));
  assert.equal(threats.length, named.length);
});
