import assert from "node:assert/strict";

/**
 * Holds `actual` against what was reviewed and committed beside this file. With TESSERA_ACCEPT=1 it
 * is written instead, for the next review.
 */
export async function snapshot(name: string, actual: string): Promise<void> {
  const file = new URL(name, import.meta.url);
  if (Deno.env.get("TESSERA_ACCEPT") === "1") return await Deno.writeTextFile(file, actual);
  const reviewed = await Deno.readTextFile(file).catch(() => "");
  assert.ok(
    actual === reviewed,
    [
      `tests/security/${name} is not what was reviewed:`,
      ...linesOnlyIn(actual, reviewed).map((line) => `+ ${line}`),
      ...linesOnlyIn(reviewed, actual).map((line) => `- ${line}`),
      "If this is meant: TESSERA_ACCEPT=1 npm test -- tests/security, and commit it.",
    ].join("\n"),
  );
}

function linesOnlyIn(text: string, other: string): string[] {
  const known = new Set(other.split("\n"));
  return text.split("\n").filter((line) => !known.has(line));
}
