import assert from "node:assert/strict";
import { objectType, type Schema, typeOf } from "./schema_types.ts";

const cases: [string, Schema, string][] = [
  ["a whole number", { type: "integer" }, "number"],
  ["one of some words", { enum: ["a", "b"] }, '"a" | "b"'],
  ["one word", { const: "erase my account" }, '"erase my account"'],
  ["something or nothing", { anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
  ["two types", { type: ["integer", "null"] }, "number | null"],
  ["a list of either", { type: "array", items: { enum: [1, 2] } }, "Array<1 | 2>"],
  [
    "texts by name",
    { type: "object", additionalProperties: { type: "string" } },
    "Record<string, string>",
  ],
  [
    "an object with nothing in it",
    { type: "object", additionalProperties: false },
    "Record<string, never>",
  ],
  ["anything", {}, "unknown"],
];

for (const [what, schema, wanted] of cases) {
  Deno.test(`the type of ${what}`, () => assert.equal(typeOf(schema), wanted));
}

Deno.test("members that may be missing say so, with their descriptions", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      amount: { type: "integer", description: "Minor units" },
      "a-b": { type: "boolean" },
    },
    required: ["amount"],
  };
  assert.equal(objectType(schema), '{\n/** Minor units */\namount: number;\n"a-b"?: boolean;\n}');
});
