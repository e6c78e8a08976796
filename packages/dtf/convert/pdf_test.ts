import assert from "node:assert/strict";
import { pdfOfJpeg } from "./pdf.ts";

/** Where a point of the unit square, in which the picture lies with its first row on top, comes to be on the page. */
function placed(pdf: Uint8Array, [u, v]: readonly [number, number]): number[] {
  const text = new TextDecoder("latin1").decode(pdf);
  const [a, b, c, d, e, f] = /q (.+) cm/.exec(text)![1]!.split(" ").map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [a * u + c * v + e, b * u + d * v + f];
}

/** For each orientation, where row 0 and column 0 of the stored picture are seen: EXIF 2.32, tag 274. */
const corners = {
  1: "top left",
  2: "top right",
  3: "bottom right",
  4: "bottom left",
  5: "left top",
  6: "right top",
  7: "right bottom",
  8: "left bottom",
} as const;
const ends = { left: [0, 0], right: [0, 144], bottom: [1, 0], top: [1, 72] } as const;

for (const [value, seen] of Object.entries(corners)) {
  const orientation = Number(value) as keyof typeof corners;
  Deno.test(`a JPEG of orientation ${orientation} stands upright on its page`, () => {
    // 144 × 72 points upright.
    const jpeg = { bytes: new Uint8Array(9), width: 200, height: 100, orientation, grey: false };
    const pdf = pdfOfJpeg(jpeg, 100);
    const [row, column] = seen.split(" ") as [keyof typeof ends, keyof typeof ends];
    for (const u of [0, 0.5, 1]) assert.equal(placed(pdf, [u, 1])[ends[row][0]], ends[row][1]);
    for (const v of [0, 0.5, 1]) {
      assert.equal(placed(pdf, [0, v])[ends[column][0]], ends[column][1]);
    }
    const text = new TextDecoder("latin1").decode(pdf);
    assert.match(text, /\/MediaBox \[0 0 144\.000 72\.000\]/);
    assert.match(text, orientation < 5 ? /\/Width 200 \/Height 100/ : /\/Width 100 \/Height 200/);
  });
}
