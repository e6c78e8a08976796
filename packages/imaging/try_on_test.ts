import assert from "node:assert/strict";
import sharp from "sharp";
import { findBody } from "./body.ts";
import { decode } from "./decode.ts";
import { landmarks } from "./drawing/person.ts";
import { garmentLandmarks } from "./garment_landmarks.ts";
import { garmentMask } from "./garment_mask.ts";
import { tryOn } from "./try_on.ts";

const maxImageBytes = 10 * 1024 * 1024;
const fixture = (name: string) => Deno.readFile(new URL(`fixtures/${name}`, import.meta.url));
const read = async (name: string) => await decode(await fixture(name), maxImageBytes, 1300);
// The models are loaded once, for all tests.
const shared = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "the key points of a drawn person are found within 15 pixels, the hips within 30",
  shared,
  async () => {
    const { pose } = await findBody((await read("person.png")).picture);
    for (const [name, [x, y]] of Object.entries(landmarks)) {
      const found = pose[name as keyof typeof landmarks];
      const error = Math.hypot(found.x - x, found.y - y);
      assert.ok(error < (name.endsWith("hip") ? 30 : 15), `${name} is ${error.toFixed(1)} px away`);
    }
  },
);

const silhouettes: [file: string, sleeves: string, hooded: boolean][] = [
  ["t-shirt-plain.png", "short", false],
  ["t-shirt-striped.png", "short", false],
  ["long-sleeve.png", "long", false],
  ["tank-top.png", "none", false],
  ["hoodie.png", "long", true],
  ["t-shirt-cream.png", "short", false],
  ["t-shirt-busy-ground.png", "short", false],
  ["hoodie-busy-ground.png", "long", true],
  ["tank-top-busy-ground.png", "none", false],
];

for (const [file, sleeves, hooded] of silhouettes) {
  Deno.test(
    `${file}: the silhouette is read, and the try-on changes the torso and nothing at the face`,
    shared,
    async () => {
      const garment = garmentLandmarks(
        await garmentMask(await decode(await fixture(file), maxImageBytes, 900)),
      );
      assert.deepEqual([garment.sleeves, garment.hooded], [sleeves, hooded]);

      const result = await tryOn(await fixture("person.png"), await fixture(file), {
        maxImageBytes,
      });
      const before = await sharp(await fixture("person.png")).removeAlpha().raw().toBuffer();
      const { data: after, info } = await sharp(result.png).raw().toBuffer({
        resolveWithObject: true,
      });
      assert.deepEqual([info.width, info.height], [1000, 1300]);
      const face = difference(before, after, { left: 400, top: 90, right: 600, bottom: 300 });
      const torso = difference(before, after, { left: 410, top: 420, right: 590, bottom: 800 });
      const far = difference(before, after, { left: 0, top: 0, right: 200, bottom: 1300 });
      assert.equal(face.changed, 0);
      assert.equal(far.changed, 0);
      assert.ok(torso.changed > 0.95, `${torso.changed} of the torso changed`);
      assert.ok(result.qualityScore > 0.4 && result.qualityScore <= 1);
      assert.ok(result.confidenceScore > 0.6 && result.confidenceScore <= 1);
    },
  );
}

Deno.test(
  "the ground between sleeves and torso is not taken for cloth",
  shared,
  async () => {
    for (const file of ["hoodie-busy-ground.png", "hoodie.png"]) {
      const decoded = await decode(await fixture(file), maxImageBytes, 900);
      const { rgb } = decoded.picture;
      const { values } = await garmentMask(decoded);
      let [cloth, ground] = [0, 0];
      values.forEach((value, i) => {
        if (value < 0.97) return;
        cloth++;
        // Wood is redder than green, paper brighter than either hoodie.
        if (rgb[i * 3]! > rgb[i * 3 + 1]! + 20 || rgb[i * 3]! > 170) ground++;
      });
      assert.ok(ground < 0.001 * cloth, `${file}: ${ground} of ${cloth} pixels are ground`);
    }
  },
);

Deno.test(
  "no old clothes show on the arms below short sleeves, and none at the shoulders beside straps",
  shared,
  async () => {
    const burgundy = ([r, g, b]: [number, number, number]) => r > 1.6 * g && r > 1.4 * b && r < 160;
    for (const file of ["t-shirt-plain.png", "tank-top.png"]) {
      const { png } = await tryOn(await fixture("person.png"), await fixture(file), {
        maxImageBytes,
      });
      const rgb = await sharp(png).raw().toBuffer();
      let shown = 0;
      for (let i = 0; i < 1000 * 850; i++) {
        if (i > 1000 * 350 && burgundy([rgb[i * 3]!, rgb[i * 3 + 1]!, rgb[i * 3 + 2]!])) shown++;
      }
      // The old top has about 110,000 pixels; what is left is the rim that the mask leaves soft.
      assert.ok(shown < 1200, `${file}: ${shown} pixels of the old top show`);
    }
  },
);

const refusals: [file: string, code: string][] = [
  ["t-shirt-plain.png", "person_not_found"],
  ["two-people.png", "several_people"],
  ["person-from-behind.png", "person_from_behind"],
  ["person-turned.png", "person_turned"],
  ["person-hips-out.png", "hips_out_of_frame"],
  ["grace_hopper.jpg", "hips_out_of_frame"],
  ["person-elbows-out.png", "elbows_out_of_frame"],
  ["astronaut.png", "elbows_out_of_frame"],
];
for (const [file, code] of refusals) {
  Deno.test(`${file} is refused as ${code}`, shared, async () => {
    await assert.rejects(
      tryOn(await fixture(file), await fixture("t-shirt-plain.png"), { maxImageBytes }),
      {
        name: "Refusal",
        code,
      },
    );
  });
}

for (const name of ["landscape", "noise"]) {
  Deno.test(`a ${name} is refused as garment_not_found`, shared, async () => {
    const garment = name === "noise"
      ? await sharp({
        create: {
          width: 400,
          height: 400,
          channels: 3,
          background: "#777",
          noise: { type: "gaussian", mean: 128, sigma: 60 },
        },
      }).png()
        .toBuffer()
      : await Deno.readFile(new URL("../../demo/landscape.png", import.meta.url));
    await assert.rejects(tryOn(await fixture("person.png"), garment, { maxImageBytes }), {
      code: "garment_not_found",
    });
  });
}

const solid = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#888" } }).png().toBuffer();
const files: [name: string, code: string, bytes: () => Promise<Uint8Array>][] = [
  [
    "text",
    "not_a_picture",
    () => Promise.resolve(new TextEncoder().encode("hello, I am a picture")),
  ],
  [
    "an SVG",
    "not_a_picture",
    () =>
      Promise.resolve(
        new TextEncoder().encode(
          `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>`,
        ),
      ),
  ],
  [
    "a cut-off PNG",
    "picture_broken",
    async () => (await fixture("person.png")).subarray(0, 40_000),
  ],
  ["a small picture", "picture_too_small", () => solid(150, 900)],
  ["a picture of many pixels and few bytes", "picture_too_large", () => solid(9000, 9000)],
  [
    "a picture of many bytes",
    "picture_too_large",
    () => Promise.resolve(new Uint8Array(maxImageBytes + 1)),
  ],
];
for (const [name, code, bytes] of files) {
  Deno.test(`${name} is refused as ${code}`, shared, async () => {
    await assert.rejects(
      tryOn(await bytes(), await fixture("t-shirt-plain.png"), { maxImageBytes }),
      { code },
    );
  });
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The share of a box's pixels in which two pictures of 1000 pixels' width differ visibly. */
function difference(
  one: Uint8Array,
  other: Uint8Array,
  { left, top, right, bottom }: Box,
): { changed: number } {
  let changed = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = (y * 1000 + x) * 3;
      const far = Math.abs(one[i]! - other[i]!) + Math.abs(one[i + 1]! - other[i + 1]!) +
        Math.abs(one[i + 2]! - other[i + 2]!);
      if (far > 12) changed++;
    }
  }
  return { changed: changed / ((right - left) * (bottom - top)) };
}
