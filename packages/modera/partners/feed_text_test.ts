import assert from "node:assert/strict";
import { FeedFailure } from "./feed_row.ts";
import { requireUtf8, textOf } from "./feed_text.ts";

Deno.test("UTF-8 is taken with and without a byte order mark", async () => {
  for (const text of ["id\nплатье", "\uFEFFid\nплатье"]) {
    const file = new Blob([text]);
    await requireUtf8(file);
    assert.equal((await Array.fromAsync(textOf(file))).join(""), "id\nплатье");
  }
});

for (
  const [name, bytes] of [
    ["UTF-16LE", [0xff, 0xfe, 0x69, 0x00]],
    ["UTF-16BE", [0xfe, 0xff, 0x00, 0x69]],
    ["UTF-32LE", [0xff, 0xfe, 0x00, 0x00]],
    ["Windows-1251", [0x69, 0x0a, 0xef, 0xeb, 0xe0, 0xf2]],
  ] as const
) {
  Deno.test(`${name} is refused by its name`, async () => {
    await assert.rejects(requireUtf8(new Blob([new Uint8Array(bytes)])), (error) => {
      assert.ok(error instanceof FeedFailure);
      assert.equal(error.code, "unsupported_encoding");
      assert.match(error.message, new RegExp(name));
      return true;
    });
  });
}
