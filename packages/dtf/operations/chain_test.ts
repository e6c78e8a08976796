import assert from "node:assert/strict";
import { type FurtherStep, furtherSteps, ordered } from "./chain.ts";

const first = { operation: "upscale", options: {} } as const;
const step = (operation: FurtherStep["operation"], names: Partial<FurtherStep> = {}) => ({
  operation,
  options: {},
  ...names,
});
const order = (...further: FurtherStep[]) =>
  ordered(first, further).map(({ operation }) => operation);

Deno.test("steps follow in the order in which they stand", () => {
  assert.deepEqual(order(step("background_removal"), step("vectorize")), [
    "upscale",
    "background_removal",
    "vectorize",
  ]);
  assert.deepEqual(order(), ["upscale"]);
});

Deno.test("steps that name what they come after may stand in any order", () => {
  assert.deepEqual(
    order(
      step("vectorize", { after: "cut" }),
      step("background_removal", { name: "cut", after: "first" }),
    ),
    ["upscale", "background_removal", "vectorize"],
  );
});

const impossible: [name: string, steps: FurtherStep[], message: RegExp][] = [
  ["waits for itself", [step("halftone", { name: "a", after: "a" })], /waits for itself/],
  ["a cycle of two", [
    step("halftone", { name: "a", after: "b" }),
    step("upscale", { name: "b", after: "a" }),
  ], /waits for itself/],
  ["a step that nobody named", [step("halftone", { after: "x" })], /no step x/],
  ["two after one", [
    step("halftone", { after: "first" }),
    step("vectorize", { after: "first" }),
  ], /one result/],
  ["one name twice", [step("halftone", { name: "a" }), step("upscale", { name: "a" })], /one name/],
  ["the first one's name", [step("halftone", { name: "first" })], /one name/],
];
for (const [name, steps, message] of impossible) {
  Deno.test(`a chain with ${name} is refused`, () => {
    assert.throws(() => order(...steps), (error: Error & { code: string; status: number }) => {
      assert.deepEqual([error.code, error.status], ["chain_impossible", 422]);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("an unknown operation, or a generated picture in the middle, is no step", () => {
  for (const operation of ["sharpen", "generate"]) {
    assert.equal(furtherSteps.safeParse([{ operation }]).success, false);
  }
  assert.deepEqual(furtherSteps.parse([{ operation: "upscale" }])[0]?.options, { scale: 2 });
});
