import assert from "node:assert/strict";
import fc from "../../../tests/harness/fast_check.ts";
import type { Artwork } from "./artwork.ts";
import { distanceTo } from "./distance.ts";
import { type Dot, halftone } from "./halftone.ts";
import { knockOut } from "./knockout.ts";
import { underbase } from "./underbase.ts";

/** A picture of the values that `at` gives. */
function painted(width: number, height: number, at: (x: number, y: number) => number[]): Artwork {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set(at(i % width, Math.floor(i / width)), i * 4);
  return { width, height, rgba, transparent: true };
}
const alphaAt = ({ rgba, width }: Artwork, x: number, y: number) => rgba[(y * width + x) * 4 + 3]!;
const inkOf = ({ rgba }: Artwork) =>
  rgba.reduce((sum, value, i) => i % 4 === 3 ? sum + value / 255 : sum, 0) / (rgba.length / 4);

for (const dot of ["round", "diamond", "line"] as Dot[]) {
  Deno.test(`${dot} dots cover as much as the tone says, and are there or not`, () => {
    for (const share of [0.1, 0.3, 0.5, 0.8]) {
      const soft = painted(240, 240, () => [200, 30, 30, Math.round(share * 255)]);
      const dots = halftone(soft, { cell: 7.3, angle: 22.5, dot, of: "soft-edges" });
      assert.ok(Math.abs(inkOf(dots) - share) < 0.015, `${share}: ${inkOf(dots).toFixed(3)}`);
      const kinds = new Set(dots.rgba.filter((_, i) => i % 4 === 3));
      assert.deepEqual([...kinds].toSorted(), [0, 255]);
    }
  });
}

Deno.test("what is solid stays solid and what is empty stays empty", () => {
  const half = painted(40, 40, (x) => [10, 20, 30, x < 20 ? 255 : 0]);
  const dots = halftone(half, { cell: 8, angle: 45, dot: "round", of: "soft-edges" });
  for (let x = 0; x < 40; x++) assert.equal(alphaAt(dots, x, 17), x < 20 ? 255 : 0);
  assert.deepEqual([...dots.rgba.subarray(0, 3)], [10, 20, 30]);
});

Deno.test("dots of a screen are one cell apart, along its angle", () => {
  const soft = painted(120, 120, () => [0, 0, 0, 60]);
  const dots = halftone(soft, { cell: 10, angle: 0, dot: "round", of: "soft-edges" });
  for (let y = 0; y < 110; y++) {
    for (let x = 0; x < 110; x++) {
      assert.equal(alphaAt(dots, x, y), alphaAt(dots, x + 10, y));
      assert.equal(alphaAt(dots, x, y), alphaAt(dots, x, y + 10));
    }
  }
  const lines = halftone(soft, { cell: 10, angle: 90, dot: "line", of: "soft-edges" });
  for (let y = 1; y < 120; y++) assert.equal(alphaAt(lines, 33, y), alphaAt(lines, 33, 0));
});

const shirts = [
  ["dark-shirt", 0, [120, 60, 20]],
  ["light-shirt", 255, [220, 160, 120]],
] as const;
for (const [of, shirt, colour] of shirts) {
  Deno.test(`on a ${of} dots and cloth together have the artwork's colour`, () => {
    const flat = painted(240, 240, () => [...colour, 255]);
    const { rgba } = halftone(flat, { cell: 6, angle: 45, dot: "round", of });
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let i = 0; i < rgba.length; i += 4) sum += rgba[i + 3] ? rgba[i + c]! : shirt;
      const mean = sum / (rgba.length / 4);
      assert.ok(Math.abs(mean - colour[c]!) < 4, `${mean} for ${colour[c]}`);
    }
  });
}

Deno.test("a colour that was knocked out shows through: over it the artwork looks as before", () => {
  fc.assert(fc.property(
    fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 0, max: 120 }),
    (pixel, colour, tolerance, softness) => {
      const { rgba } = knockOut(painted(1, 1, () => [...pixel, 255]), {
        colour,
        tolerance,
        softness,
      });
      const far = Math.hypot(...pixel.map((value, c) => value - colour[c]!));
      if (far <= tolerance) return assert.equal(rgba[3], 0);
      if (far >= tolerance + softness) return assert.deepEqual([...rgba], [...pixel, 255]);
      const share = rgba[3]! / 255;
      for (let c = 0; c < 3; c++) {
        const seen = rgba[c]! * share + colour[c]! * (1 - share);
        assert.ok(Math.abs(seen - pixel[c]!) <= 1.5, `${seen} for ${pixel[c]}`);
      }
    },
  ));
});

Deno.test("black goes, dark colours fade and bright ones stay", () => {
  const colours = [[0, 0, 0], [12, 10, 8], [40, 30, 30], [200, 40, 40], [255, 255, 255]];
  const strip = painted(5, 1, (x) => [...colours[x]!, 255]);
  const out = knockOut(strip, { colour: [0, 0, 0], tolerance: 20, softness: 60 });
  const alphas = colours.map((_, x) => alphaAt(out, x, 0));
  assert.deepEqual([alphas[0], alphas[1], alphas[3], alphas[4]], [0, 0, 255, 255]);
  assert.ok(alphas[2]! > 60 && alphas[2]! < 200, `${alphas[2]}`);
});

Deno.test("distances are exact", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 9 }),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
    (width, bits) => {
      const height = Math.ceil(bits.length / width);
      const set = Uint8Array.from({ length: width * height }, (_, i) => bits[i] ? 1 : 0);
      const found = distanceTo(set, width, height);
      for (let i = 0; i < set.length; i++) {
        let least = Infinity;
        for (let j = 0; j < set.length; j++) {
          const [dx, dy] = [i % width - j % width, Math.floor(i / width) - Math.floor(j / width)];
          if (set[j]) least = Math.min(least, Math.hypot(dx, dy));
        }
        assert.ok(found[i] === least || Math.abs(found[i]! - least) < 1e-4);
      }
    },
  ));
});

/** A square of 60 pixels with a hole of 20 in a picture of 100. */
const frame = painted(100, 100, (x, y) => {
  const square = Math.max(Math.abs(x - 49.5), Math.abs(y - 49.5)) < 30;
  const hole = Math.max(Math.abs(x - 49.5), Math.abs(y - 49.5)) < 10;
  return [200, 40, 40, square && !hole ? 255 : 0];
});

Deno.test("white ends as many pixels inside the colours as the choke says, around holes too", () => {
  for (const choke of [0, 1, 3]) {
    const { layer } = underbase(frame, choke, [0, 0, 0]);
    const row = Array.from({ length: 100 }, (_, x) => alphaAt(layer, x, 50));
    assert.deepEqual([row.indexOf(255), row.lastIndexOf(255)], [20 + choke, 79 - choke]);
    assert.equal(row[39 - choke], 255);
    assert.equal(row[40 - choke], 0);
  }
  const half = underbase(frame, 1.5, [0, 0, 0]).layer;
  assert.deepEqual([20, 21, 22].map((x) => alphaAt(half, x, 50)), [0, 128, 255]);
});

Deno.test("the layer is white and nothing else, and as soft as the artwork", () => {
  const soft = painted(40, 40, (x) => [90, 90, 200, x < 20 ? 255 : 160]);
  const { layer, coverage } = underbase(soft, 2, [0, 0, 0]);
  for (let i = 0; i < layer.rgba.length; i += 4) {
    if (layer.rgba[i + 3]) assert.deepEqual([...layer.rgba.subarray(i, i + 3)], [255, 255, 255]);
  }
  assert.equal(alphaAt(layer, 30, 20), 160);
  assert.ok(coverage > 0.5 && coverage < 0.9);
});

Deno.test("the preview shows the shirt, bright ink over white, and dull ink where the choke left none", () => {
  const { preview: { rgba, width } } = underbase(frame, 3, [20, 30, 40]);
  const at = (x: number) => [...rgba.subarray((50 * width + x) * 4, (50 * width + x) * 4 + 4)];
  assert.deepEqual(at(5), [20, 30, 40, 255]);
  assert.deepEqual(at(30), [200, 40, 40, 255]);
  assert.ok(at(20)[0]! < 60);
});

Deno.test("white also ends inside where the artwork ends at the picture's border", () => {
  const { layer } = underbase(painted(30, 30, () => [9, 9, 9, 255]), 2, [0, 0, 0]);
  const row = Array.from({ length: 30 }, (_, x) => alphaAt(layer, x, 15));
  assert.deepEqual([row.indexOf(255), row.lastIndexOf(255)], [2, 27]);
  assert.equal(alphaAt(layer, 15, 1), 0);
});

Deno.test("what is half transparent stays so where a colour is knocked out of it", () => {
  const options = { colour: [0, 0, 0], tolerance: 0, softness: 100 } as const;
  const alphas = [255, 128].map((alpha) =>
    knockOut(painted(1, 1, () => [60, 40, 20, alpha]), options).rgba[3]!
  );
  assert.ok(alphas[0]! > 100 && alphas[0]! < 255);
  assert.ok(Math.abs(alphas[1]! - alphas[0]! * 128 / 255) <= 1, `${alphas}`);
});

Deno.test("a screen is turned anticlockwise by its angle", () => {
  const half = painted(200, 200, () => [0, 0, 0, 128]);
  const lines = halftone(half, { cell: 20, angle: 30, dot: "line", of: "soft-edges" });
  // Along a line, which rises to the right, ink stays what it is; across it changes.
  const same = (dx: number, dy: number) => {
    let alike = 0;
    for (let y = 80; y < 120; y++) {
      for (let x = 80; x < 120; x++) {
        alike += Number(alphaAt(lines, x, y) === alphaAt(lines, x + dx, y + dy));
      }
    }
    return alike / 1600;
  };
  assert.ok(same(52, -30) > 0.97, `${same(52, -30)}`);
  assert.ok(same(52, 30) < 0.6, `${same(52, 30)}`);
});

Deno.test("a choke wider than the artwork leaves no white", () => {
  assert.equal(underbase(frame, 15, [0, 0, 0]).coverage, 0);
});
