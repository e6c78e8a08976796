import assert from "node:assert/strict";
import { labOf, labOfHex } from "../../colour/lab.ts";
import type { Palette } from "./palette.ts";
import { lightOf, seasonConfidence, type SeasonName, seasonOf } from "./season.ts";

const people: [skin: string, hair: string | null, season: SeasonName, undertone: string][] = [
  ["#f1c9a5", "#d9b273", "spring", "warm"],
  ["#d9a577", "#4a2a12", "autumn", "warm"],
  ["#8d5a2b", "#1a120c", "autumn", "warm"],
  ["#e8c0bd", "#b0a08c", "summer", "cool"],
  ["#e8c0bd", "#1c1a1e", "winter", "cool"],
  ["#6b3f38", "#120f10", "winter", "cool"],
  ["#f1c9a5", null, "spring", "warm"],
];
for (const [skin, hair, name, undertone] of people) {
  Deno.test(`skin ${skin} with ${hair ?? "no"} hair is ${name}`, () => {
    const season = seasonOf(labOfHex(skin), hair ? labOfHex(hair) : null);
    assert.deepEqual([season.name, season.undertone], [name, undertone]);
  });
}

Deno.test("the individual typology angle sorts skins from very light to dark", () => {
  // Lightness and b* from the middle of each group of Del Bino & Bernerd, 2013.
  const tones = ([[72, 12], [67, 16], [62, 18], [55, 18], [45, 17], [35, 12]] as const)
    .map(([l, b]) => seasonOf([l, 10, b], null).skin.tone);
  assert.deepEqual(tones, ["very light", "light", "intermediate", "tan", "brown", "dark"]);
});

/** How sure the season of this skin and hair is, when the light can be trusted fully. */
function sureness(skin: string, hair: string): number {
  const part = (hex: string) => [{ name: "tan" as const, hex, lab: labOfHex(hex), share: 1 }];
  const palette: Palette = { skin: part(skin), hair: part(hair), top: [], bottom: [] };
  return seasonConfidence(seasonOf(labOfHex(skin), labOfHex(hair)), palette, 1);
}

Deno.test("near the line between two seasons the season is less sure", () => {
  const [clear, near] = [sureness("#f1c9a5", "#e0c080"), sureness("#e0b49c", "#5a3a2a")];
  assert.ok(near < 0.75 * clear, `${near} against ${clear}`);
});

Deno.test("a burnt-out face and a coloured ground lower the trust", () => {
  const plain = (r: number, g: number, b: number) => ({
    colours: Array.from({ length: 50 }, () => labOf(r, g, b)),
    share: 1,
  });
  const grey = plain(150, 150, 150);
  assert.deepEqual(lightOf(grey, plain(220, 170, 140)), { neutral: 1, exposed: 1 });
  assert.equal(lightOf(grey, plain(255, 254, 250)).exposed, 0);
  assert.ok(lightOf(plain(230, 140, 30), plain(220, 170, 140)).neutral < 0.5);
});
