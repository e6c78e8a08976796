import assert from "node:assert/strict";
import { type Message, toHtml, toText } from "./message.ts";

const message: Message = {
  subject: "Receipt <1>",
  blocks: [
    { kind: "paragraph", text: "Tom & Jerry's" },
    { kind: "facts", rows: [["Pack", '"Basic"'], ["Paid", "$5"]] },
    { kind: "link", label: "Open", url: "https://example.com/?a=1&b=2" },
  ],
  footer: "Bye",
};

Deno.test("text has every part in order", () => {
  assert.equal(
    toText(message),
    'Receipt <1>\n\nTom & Jerry\'s\n\nPack: "Basic"\nPaid: $5\n\nOpen: https://example.com/?a=1&b=2\n\nBye\n',
  );
});

Deno.test("nothing in a message becomes markup", () => {
  const html = toHtml(message, "en");
  for (const part of ["Receipt &lt;1&gt;", "Tom &amp; Jerry&#39;s", "&quot;Basic&quot;"]) {
    assert.ok(html.includes(part), part);
  }
  assert.ok(html.includes('href="https://example.com/?a=1&amp;b=2"'));
});
