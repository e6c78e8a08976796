import assert from "node:assert/strict";
import { isPlainDrawing } from "./plain_drawing.ts";

const plain = (svg: string) => isPlainDrawing(new TextEncoder().encode(svg));
const inside = (inner: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${inner}</svg>`;

Deno.test("shapes are a plain drawing", () => {
  assert.ok(plain(inside('<path fill="#c0392b" transform="translate(1 2)" d="M0 0L9 9Z"/>')));
  assert.ok(
    plain(
      `<?xml version="1.0" encoding="UTF-8"?>\n${inside('<g><circle cx="1" cy="1" r="1"/></g>')}`,
    ),
  );
});

const hostile: [name: string, svg: string][] = [
  ["a script", inside("<script>1</script>")],
  ["a script in capitals", inside("<SCRIPT>1</SCRIPT>")],
  ["a handler", inside('<path onclick="1" d="M0 0"/>')],
  ["a handler without quotes", inside("<path onclick=alert(1) d='M0 0'/>")],
  ["another document", inside("<foreignObject><p>x</p></foreignObject>")],
  ["a link", inside('<a href="javascript:1"><path d="M0 0"/></a>')],
  ["a picture from elsewhere", inside('<image href="http://127.0.0.1/x.png"/>')],
  ["a fill from elsewhere", inside('<path fill="url(http://127.0.0.1/)" d="M0 0"/>')],
  ["a style sheet", inside("<style>@import url(//x)</style>")],
  ["an entity", `<!DOCTYPE svg [<!ENTITY a "b">]>${inside("&a;")}`],
  ["a comment that hides something", inside("<!-- > <script>1</script> -->")],
  ["CDATA", inside("<![CDATA[<script>1</script>]]>")],
  ["an open tag at the end", `${inside("")}<script`],
  ["a page", "<html><svg></svg></html>"],
  ["nothing", ""],
];
for (const [name, svg] of hostile) {
  Deno.test(`an SVG with ${name} is none`, () => assert.equal(plain(svg), false));
}
