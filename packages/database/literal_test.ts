import assert from "node:assert/strict";
import { literal, quotedName } from "./literal.ts";

Deno.test("a literal cannot be left from inside", () => {
  assert.equal(literal("a'b"), "E'a''b'");
  assert.equal(literal("a\\'b"), "E'a\\\\''b'");
  assert.equal(literal("\\"), "E'\\\\'");
});

Deno.test("values take the form that Postgres reads them in", () => {
  assert.equal(literal(null), "null");
  assert.equal(literal(undefined), "null");
  assert.equal(literal(12.5), "E'12.5'");
  assert.equal(literal(9007199254740993n), "E'9007199254740993'");
  assert.equal(literal(true), "E'true'");
  assert.equal(literal(["a", 'b"c', "d\\e"]), `E'{"a","b\\\\"c","d\\\\\\\\e"}'`);
  assert.equal(literal({ a: [1, null] }), `E'{"a":[1,null]}'`);
});

Deno.test("what SQL text cannot hold is refused", () => {
  for (const value of ["a\0b", NaN, Infinity, () => 1, Symbol("x")]) {
    assert.throws(() => literal(value), TypeError);
  }
});

Deno.test("only names of ours become identifiers", () => {
  assert.equal(quotedName("page_size"), '"page_size"');
  for (const name of ['a"; drop table x; --', "A", "", "a-b", "a.b"]) {
    assert.throws(() => quotedName(name), TypeError);
  }
});
