import assert from "node:assert/strict";
import fc from "../../../tests/harness/fast_check.ts";
import { colourDifference, type Lab, labOfHex } from "../../colour/lab.ts";
import { coloursOf } from "./palette.ts";

/** A region of these colours, each so many times. */
const region = (...parts: [hex: string, times: number][]) => ({
  colours: parts.flatMap(([hex, times]) => Array.from({ length: times }, () => labOfHex(hex))),
  share: 1,
});

Deno.test("stripes are two colours, the larger first", () => {
  const [first, second, ...others] = coloursOf(region(["#23395b", 300], ["#f4f1ea", 200]), 4);
  assert.deepEqual([first?.hex, first?.share], ["#23395b", 0.6]);
  assert.deepEqual([second?.hex, second?.share], ["#f4f1ea", 0.4]);
  assert.deepEqual(others, []);
});

Deno.test("one cloth in light and shade is one colour", () => {
  const found = coloursOf(region(["#7c2f3f", 300], ["#6a2836", 200], ["#8a3a4a", 200]), 4);
  assert.equal(found.length, 1);
  assert.ok(colourDifference(found[0]!.lab, labOfHex("#7c2f3f")) < 4);
});

Deno.test("a button is no colour of a shirt, and a handful of pixels says nothing", () => {
  assert.equal(coloursOf(region(["#1d4e89", 480], ["#ffcc00", 20]), 4).length, 1);
  assert.deepEqual(coloursOf(region(["#1d4e89", 20]), 4), []);
  assert.deepEqual(coloursOf(region(["#1d4e89", 90]), 4).map(({ share }) => share), [1]);
});

const lab: fc.Arbitrary<Lab> = fc.tuple(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.double({ min: -60, max: 60, noNaN: true }),
  fc.double({ min: -60, max: 60, noNaN: true }),
);

Deno.test("property: the same pixels give the same colours, whose shares fall and make no more than one", () => {
  fc.assert(
    fc.property(fc.array(lab, { minLength: 30, maxLength: 300 }), (colours) => {
      const found = coloursOf({ colours, share: 1 }, 4);
      assert.deepEqual(coloursOf({ colours: [...colours], share: 1 }, 4), found);
      const shares = found.map(({ share }) => share);
      assert.deepEqual(shares, shares.toSorted((a, b) => b - a));
      assert.ok(shares.reduce((sum, share) => sum + share, 0) < 1.01);
      for (const { hex } of found) assert.match(hex, /^#[0-9a-f]{6}$/);
    }),
    { numRuns: 60 },
  );
});
