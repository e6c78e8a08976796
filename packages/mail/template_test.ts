import assert from "node:assert/strict";
import { Problem } from "../database/problem.ts";
import { render, type Words } from "./template.ts";

const template: Words = {
  subject: "Hi {{ name }}",
  html: '<a href="{{link}}">{{name}}</a> {{extra}}',
  text: "{{name}} {{link}} {{extra}}",
  variables: [
    { name: "name", type: "text" },
    { name: "link", type: "url" },
    { name: "extra", type: "text", default: "bye" },
  ],
};

const link = "https://example.com/?a=1&b=2";

Deno.test("values are escaped in HTML, plain in text, and on one line in the subject", () => {
  assert.deepEqual(render(template, { name: 'A "<b>"\nB', link }), {
    subject: 'Hi A "<b>" B',
    html: '<a href="https://example.com/?a=1&amp;b=2">A &quot;&lt;b&gt;&quot;\nB</a> bye',
    text: `A "<b>"\nB ${link} bye`,
  });
});

Deno.test("a variable without value and default is named", () => {
  for (const values of [{}, { name: "", link: null }]) {
    assert.throws(
      () => render(template, values),
      (error) =>
        error instanceof Problem && error.code === "missing_variable" &&
        String(error.extra["variables"]) === "name,link",
    );
  }
});

Deno.test("an address that runs code is none", () => {
  for (const wrong of ["javascript:alert(1)", "data:text/html,x", "not one"]) {
    assert.throws(() => render(template, { name: "A", link: wrong }), /not an address/);
  }
});

Deno.test("what is put in is not read as a placeholder again", () => {
  const { text } = render(template, { name: "{{extra}} $&", link });
  assert.equal(text, `{{extra}} $& ${link} bye`);
});
