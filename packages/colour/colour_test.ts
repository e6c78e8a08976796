import assert from "node:assert/strict";
import { chroma, colourDifference, hexOf, hueAngle, labOf, labOfHex } from "./lab.ts";
import { namedColours, nameOf } from "./names.ts";

Deno.test("white, black and the primaries have their CIELAB values under D65", () => {
  // CIE 15 for sRGB's primaries, to a tenth.
  const known: [string, number[]][] = [
    ["#ffffff", [100, 0, 0]],
    ["#000000", [0, 0, 0]],
    ["#ff0000", [53.2, 80.1, 67.2]],
    ["#00ff00", [87.7, -86.2, 83.2]],
    ["#0000ff", [32.3, 79.2, -107.9]],
  ];
  for (const [hex, lab] of known) {
    labOfHex(hex).forEach((value, i) => assert.ok(Math.abs(value - lab[i]!) < 0.15, hex));
  }
});

Deno.test("a colour comes back from CIELAB as it was", () => {
  for (const hex of ["#7c2f3f", "#3d5a80", "#eec1a0", "#123456"]) {
    assert.equal(hexOf(labOfHex(hex)), hex);
  }
});

Deno.test("CIEDE2000 gives the values of its test data", () => {
  // Sharma, Wu & Dalal, Color Research & Application 30(1), 2005: pairs 1, 17 and 25.
  assert.equal(colourDifference([50, 2.6772, -79.7751], [50, 0, -82.7485]).toFixed(4), "2.0425");
  assert.equal(colourDifference([50, 2.5, 0], [73, 25, -18]).toFixed(4), "27.1492");
  assert.equal(
    colourDifference([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387]).toFixed(4),
    "1.2644",
  );
});

Deno.test("hue and chroma are those of the plane of a* and b*", () => {
  assert.equal(hueAngle([50, 0, 10]), 90);
  assert.equal(chroma([50, 3, 4]), 5);
  assert.ok(chroma(labOf(128, 128, 128)) < 0.01);
});

Deno.test("a name's own colour has that name, and what people call navy is navy", () => {
  for (const { name, lab } of namedColours) assert.equal(nameOf(lab), name);
  const said: [string, string][] = [
    ["#0b1f3f", "navy"],
    ["#fafafa", "white"],
    ["#7c2030", "burgundy"],
    ["#3a5f8a", "denim"],
    ["#f0c9d0", "light pink"],
  ];
  for (const [hex, name] of said) assert.equal(nameOf(labOfHex(hex)), name, hex);
});
