import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo, word } from "../drawing/artwork.ts";
import { personSvg } from "../drawing/person.ts";
import { type Artwork, readArtwork } from "./artwork.ts";
import { removeBackground } from "./background.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
// The model is loaded once, for all tests.
const shared = { sanitizeOps: false, sanitizeResources: false };
const drawn = async (svg: Uint8Array) =>
  await readArtwork(await sharp(svg).png().toBuffer(), limits);
const alphas = ({ rgba }: Artwork) => rgba.filter((_, i) => i % 4 === 3);

/** Intersection over union of what is more than half there. */
function iou(one: Artwork, other: Artwork): number {
  const [a, b] = [alphas(one), alphas(other)];
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const [here, there] = [a[i]! > 127, b[i]! > 127];
    both += Number(here && there);
    either += Number(here || there);
  }
  return both / either;
}

/** How much of the mask's drawn parts is found, 0 to 1. */
function kept(found: Artwork, part: Artwork): number {
  const [a, b] = [alphas(found), alphas(part)];
  let [there, all] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    there += Math.min(a[i]!, b[i]!);
    all += b[i]!;
  }
  return there / all;
}

for (const ground of ["#ffffff", "#f4f1ea", "#101418", "#2a8fbd"]) {
  Deno.test(`flat artwork on ${ground} is cut out along the mask it was drawn with`, async () => {
    const mask = await drawn(document(flatLogo()));
    const { artwork, by } = await removeBackground(
      await drawn(document(flatLogo(), ground)),
      "auto",
    );
    assert.equal(by, "plain-ground");
    const score = iou(artwork, mask);
    assert.ok(score > 0.97, `IoU ${score.toFixed(4)}`);
  });
}

Deno.test("its words, small print and lines of one pixel stay", async () => {
  const { artwork } = await removeBackground(
    await drawn(document(flatLogo(), "#ffffff")),
    "auto",
  );
  const parts = {
    word: word("TESSERA", 400, 60, 60, 10, "#222222"),
    "small print": word("ROAST", 430, 150, 18, 2, "#222222"),
    line: `<path d="M60 560H740" stroke="#0b6e4f" stroke-width="1"/>`,
    "slanted line": `<path d="M60 574L740 566" stroke="#7a1f5c" stroke-width="2"/>`,
  };
  for (const [name, part] of Object.entries(parts)) {
    const share = kept(artwork, await drawn(document(part)));
    assert.ok(share > 0.95, `${name}: ${share.toFixed(3)} kept`);
  }
});

Deno.test("edges carry nothing of the ground's colour", async () => {
  const disc = `<circle cx="400" cy="300" r="200" fill="#c0392b"/>`;
  const { artwork: { rgba } } = await removeBackground(
    await drawn(document(disc, "#ffffff")),
    "auto",
  );
  let soft = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3]! < 26 || rgba[i + 3]! === 255) continue;
    soft++;
    assert.ok(rgba[i + 1]! < 0x39 + 25 && rgba[i + 2]! < 0x2b + 25, `${rgba.subarray(i, i + 4)}`);
  }
  assert.ok(soft > 400, `${soft} pixels are soft`);
});

Deno.test("the inside of a letter is open, a highlight deep in the artwork stays, and both may be chosen", async () => {
  const picture = await drawn(document(
    `<path d="M60 200H260V500H60Z" fill="none" stroke="#222" stroke-width="40"/><circle cx="550" cy="300" r="200" fill="#1f3a5f"/><circle cx="550" cy="300" r="30" fill="#ffffff"/>`,
    "#ffffff",
  ));
  const alphaAt = async (enclosed: "auto" | "remove" | "keep") => {
    const { artwork: { rgba, width } } = await removeBackground(picture, enclosed);
    return [[160, 350], [550, 300]].map(([x, y]) => rgba[(y! * width + x!) * 4 + 3]);
  };
  assert.deepEqual(await alphaAt("auto"), [0, 255]);
  assert.deepEqual(await alphaAt("remove"), [0, 0]);
  assert.deepEqual(await alphaAt("keep"), [255, 255]);
});

Deno.test("JPEG's noise around flat artwork is ground", async () => {
  const jpeg = await sharp(document(flatLogo(), "#ffffff")).jpeg({ quality: 82 }).toBuffer();
  const { artwork } = await removeBackground(await readArtwork(jpeg, limits), "auto");
  const score = iou(artwork, await drawn(document(flatLogo())));
  assert.ok(score > 0.95, `IoU ${score.toFixed(4)}`);
});

Deno.test(
  "a person in a room is cut out with soft edges, within three seconds",
  shared,
  async () => {
    const person = new TextEncoder().encode(personSvg());
    const mask = await drawn(new TextEncoder().encode(personSvg({ room: false })));
    const picture = await drawn(person);
    const { artwork, by } = await removeBackground(picture, "auto");
    const score = iou(artwork, mask);
    assert.equal(by, "subject");
    assert.ok(score > 0.95, `IoU ${score.toFixed(4)}`);
    const [found, drawnAs] = [alphas(artwork), alphas(mask)];
    const sum = (values: Uint8Array) => values.reduce((total, value) => total + value, 0);
    const wrong = sum(found.map((alpha, i) => Math.abs(alpha - drawnAs[i]!))) / sum(drawnAs);
    assert.ok(wrong < 0.013, `${wrong.toFixed(4)} of the cover is wrong`);
    const soft = alphas(artwork).filter((alpha) => alpha > 25 && alpha < 230).length;
    assert.ok(soft > 1000, `${soft} pixels are soft`);
  },
);

Deno.test("a photo of a person comes apart from its studio", shared, async () => {
  const photo = await Deno.readFile(new URL("../fixtures/astronaut.png", import.meta.url));
  const { by, coverage } = await removeBackground(await readArtwork(photo, limits), "auto");
  assert.equal(by, "subject");
  assert.ok(coverage > 0.3 && coverage < 0.8, `${coverage}`);
});

Deno.test("artwork that has transparency keeps it as it is", async () => {
  const logo = await drawn(document(flatLogo()));
  const { artwork, by } = await removeBackground(logo, "auto");
  assert.equal(by, "own-alpha");
  assert.deepEqual(artwork.rgba, logo.rgba);
});

Deno.test("an empty sheet has nothing to keep", async () => {
  await assert.rejects(removeBackground(await drawn(document("", "#ffffff")), "auto"), {
    code: "subject_not_found",
  });
});
