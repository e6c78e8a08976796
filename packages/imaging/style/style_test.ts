import assert from "node:assert/strict";
import process from "node:process";
import sharp from "sharp";
import { colourDifference, hueAngle, labOfHex } from "../../colour/lab.ts";
import { nameOf } from "../../colour/names.ts";
import { personSvg } from "../drawing/person.ts";
import { analyseStyle, type StyleAnalysis } from "./analyse.ts";

const maxImageBytes = 10 * 1024 * 1024;
const fixture = (name: string) => Deno.readFile(new URL(`../fixtures/${name}`, import.meta.url));
const drawn = (options: Parameters<typeof personSvg>[0]) =>
  sharp(new TextEncoder().encode(personSvg(options))).png().toBuffer();
const analysed = async (photo: Uint8Array | Promise<Uint8Array>) =>
  (await analyseStyle(await photo, { maxImageBytes })).analysis;
// The models are loaded once, for all tests.
const shared = { sanitizeOps: false, sanitizeResources: false };

function near(found: StyleAnalysis["palette"]["top"][number] | undefined, hex: string): void {
  assert.ok(found, `no colour for ${hex}`);
  const far = colourDifference(found.lab, labOfHex(hex));
  assert.ok(far < 8, `${found.hex} is ${far.toFixed(1)} from ${hex}`);
}

const people = [
  { skin: "#e8c0a8", hair: "#c9a36a", top: "#1f7a5a", trousers: "#2a2a2e" },
  { skin: "#dba581", hair: "#3a2418", top: "#c9a227", trousers: "#3b638c" },
  { skin: "#8d5a3c", hair: "#17120f", top: "#d8d4cc", trousers: "#6b1528" },
];
for (const person of people) {
  Deno.test(`${Object.values(person).join(", ")} are read off a drawn person`, shared, async () => {
    const { palette, profile } = await analysed(drawn(person));
    near(palette.skin[0], person.skin);
    near(palette.hair[0], person.hair);
    near(palette.top[0], person.top);
    near(palette.bottom[0], person.trousers);
    assert.equal(profile.pattern, "plain");
    assert.equal(palette.top[0]!.name, nameOf(palette.top[0]!.lab));
  });
}

Deno.test("the same photo gives the same analysis", shared, async () => {
  const photo = await fixture("person.png");
  assert.deepEqual(await analysed(photo), await analysed(photo));
});

Deno.test(
  "a picture of 1000 × 1300 takes less than four seconds of one processor",
  shared,
  async () => {
    const photo = await fixture("person.png");
    const before = process.cpuUsage();
    await analysed(photo);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 4_000_000, `${(user + system) / 1e6} s`);
  },
);

Deno.test("a drawn person's figure is measured, with what it rests on", shared, async () => {
  const { proportions, recommendations, confidence } = await analysed(fixture("person.png"));
  const { shoulder_to_hip, leg_to_torso, shape } = proportions;
  // Drawn: joints of the shoulders 236 apart, of the hips 144; both within 30 pixels.
  assert.ok(Math.abs(shoulder_to_hip!.value - 236 / 144) < 0.3);
  assert.equal(shoulder_to_hip!.unit, "ratio");
  // The ankles are cut off.
  assert.equal(leg_to_torso, undefined);
  assert.equal(shape?.name, "rectangle");
  assert.ok(recommendations.necklines.length > 0 && recommendations.fits.length > 0);
  for (const value of Object.values(confidence)) assert.ok(value > 0.5 && value <= 1);
});

Deno.test("what cannot be seen of a portrait is not made up", shared, async () => {
  const hopper = await analysed(fixture("grace_hopper.jpg"));
  assert.deepEqual(hopper.proportions, { shape: null });
  assert.equal(hopper.confidence.proportions, 0);
  assert.deepEqual(hopper.palette.bottom, []);
  assert.equal(hopper.palette.top[0]?.name, "black");
  assert.equal(hopper.profile.shape, null);
  const collins = await analysed(fixture("astronaut.png"));
  const suit = hueAngle(collins.palette.top[0]!.lab);
  assert.ok(suit > 30 && suit < 60, "the suit is orange");
  assert.equal(collins.season.undertone, "warm");
  assert.equal(collins.proportions.shape, null);
});

Deno.test("a coloured light is trusted less than daylight", shared, async () => {
  const { confidence: day } = await analysed(drawn({ wall: "#c8c8c8" }));
  const { confidence: lamp } = await analysed(drawn({ wall: "#e08a20" }));
  assert.ok(lamp.season < day.season * 0.8, `${lamp.season} against ${day.season}`);
  assert.ok(lamp.palette < day.palette);
});

/** The picture, so many pixels wide, in the middle of an empty room. */
async function farAway(photo: Uint8Array, width: number): Promise<Uint8Array> {
  const input = await sharp(photo).resize(width).png().toBuffer();
  const room = { width: 1000, height: 1300, channels: 3, background: "#c8ccd0" } as const;
  return await sharp({ create: room }).composite([{ input, left: 440, top: 500 }]).png().toBuffer();
}

const refusals: [name: string, code: string, photo: () => Promise<Uint8Array>][] = [
  ["a shirt", "person_not_found", () => fixture("t-shirt-plain.png")],
  ["two people", "several_people", () => fixture("two-people.png")],
  ["somebody from behind", "person_from_behind", () => fixture("person-from-behind.png")],
  ["somebody turned to a side", "person_turned", () => fixture("person-turned.png")],
  [
    "somebody without a head",
    "face_not_visible",
    async () =>
      await sharp(await fixture("person.png"))
        .extract({ left: 100, top: 330, width: 800, height: 970 }).png().toBuffer(),
  ],
  [
    "a face behind a cloth",
    "face_not_visible",
    async () => {
      const size = { width: 160, height: 115, channels: 3 } as const;
      const input = await sharp({ create: { ...size, background: "#3a6ea5" } }).png().toBuffer();
      return await sharp(await fixture("person.png"))
        .composite([{ input, left: 420, top: 217 }]).png().toBuffer();
    },
  ],
  [
    "somebody far away",
    "face_too_small",
    async () => await farAway(await fixture("person.png"), 110),
  ],
  [
    "a black and white photo",
    "picture_without_colour",
    async () => await sharp(await fixture("person.png")).greyscale().png().toBuffer(),
  ],
  ["a cut-off file", "picture_broken", async () => (await fixture("person.png")).subarray(0, 4e4)],
  [
    "a small picture",
    "picture_too_small",
    async () => await sharp(await fixture("person.png")).resize(150).png().toBuffer(),
  ],
  [
    "a large file",
    "picture_too_large",
    () => Promise.resolve(new Uint8Array(maxImageBytes + 1)),
  ],
  ["a page", "not_a_picture", () => Promise.resolve(new TextEncoder().encode("<html></html>"))],
];
for (const [name, code, photo] of refusals) {
  Deno.test(`${name} is refused as ${code}`, shared, async () => {
    await assert.rejects(analyseStyle(await photo(), { maxImageBytes }), { name: "Refusal", code });
  });
}
