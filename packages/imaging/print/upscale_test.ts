import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo } from "../drawing/artwork.ts";
import { type Artwork, readArtwork } from "./artwork.ts";
import { upscale } from "./upscale.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
const folder = new URL("../fixtures/", import.meta.url);

/** Peak signal-to-noise ratio of the colours, in decibels. */
function psnr(one: Uint8Array, other: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 4) {
    for (let c = 0; c < 3; c++) sum += (one[i + c]! - other[i + c]!) ** 2;
  }
  return 10 * Math.log10(255 ** 2 / (sum / (one.length / 4 * 3)));
}

/** A picture, what it is when scaled down by sharp's Lanczos 3, and what sharp makes of that again. */
async function scaledDown(source: Uint8Array, factor: number) {
  const { width, height } = await sharp(source).metadata();
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const flat = await sharp(source).flatten({ background: "#ffffff" })
    .extract({ left: 0, top: 0, width: w * factor, height: h * factor }).png().toBuffer();
  const small = await sharp(flat).resize(w, h, { kernel: "lanczos3" }).png().toBuffer();
  const sharps = await sharp(small).resize(w * factor, h * factor, { kernel: "lanczos3" }).png()
    .toBuffer();
  const [truth, low, rival] = await Promise.all(
    [flat, small, sharps].map((bytes) => readArtwork(bytes, limits)),
  ) as [Artwork, Artwork, Artwork];
  return { truth, low, rival: psnr(rival.rgba, truth.rgba) };
}

const pictures: [
  name: string,
  bytes: () => Promise<Uint8Array>,
  gains: [two: number, four: number],
][] = [
  ["a photo", () => Deno.readFile(new URL("astronaut.png", folder)), [3.5, 2]],
  ["an old photo", () => Deno.readFile(new URL("grace_hopper.jpg", folder)), [3.5, 2]],
  ["a drawn shirt", () => Deno.readFile(new URL("t-shirt-striped.png", folder)), [5.5, 4]],
  ["a flat logo", () => Promise.resolve(document(flatLogo(), "#f4f1ea")), [2.5, 2.3]],
];

for (const [name, bytes, gains] of pictures) {
  for (const [i, factor] of ([2, 4] as const).entries()) {
    Deno.test(`${name} enlarged ${factor} times is ${gains[i]} dB nearer to the truth than sharp's`, async () => {
      const { truth, low, rival } = await scaledDown(await bytes(), factor);
      const gain = psnr((await upscale(low, factor, 1)).rgba, truth.rgba) - rival;
      assert.ok(gain >= gains[i]!, `${gain.toFixed(2)} dB over ${rival.toFixed(2)} dB`);
    });
  }
}

/** A picture of the values that `at` gives. */
function painted(width: number, height: number, at: (x: number, y: number) => number[]): Artwork {
  const rgba = new Uint8Array(width * height * 4);
  let transparent = false;
  for (let i = 0; i < width * height; i++) {
    const pixel = at(i % width, Math.floor(i / width));
    transparent ||= pixel[3]! < 255;
    rgba.set(pixel, i * 4);
  }
  return { width, height, rgba, transparent };
}

Deno.test("a slope stays where it is: there is no shift by half a pixel", async () => {
  const slope = painted(64, 64, (x, y) => [x * 4, y * 4, 128, 255]);
  for (const factor of [2, 4] as const) {
    const { rgba, width } = await upscale(slope, factor);
    for (const [x, y] of [[50, 70], [101, 33], [64, 64]] as const) {
      const i = (y * width + x) * 4;
      assert.ok(Math.abs(rgba[i]! - ((x + 0.5) / factor - 0.5) * 4) < 1);
      assert.ok(Math.abs(rgba[i + 1]! - ((y + 0.5) / factor - 0.5) * 4) < 1);
    }
  }
});

Deno.test("the edge of a flat colour takes two pixels, neither rings nor blurs", async () => {
  const edge = painted(40, 40, (x) => x < 20 ? [20, 20, 20, 255] : [230, 230, 230, 255]);
  for (const factor of [2, 4] as const) {
    const { rgba, width } = await upscale(edge, factor);
    const row = Array.from({ length: width }, (_, x) => rgba[(40 * width + x) * 4]!);
    assert.equal(Math.min(...row), 20);
    assert.equal(Math.max(...row), 230);
    const between = row.filter((value) => value > 32 && value < 218);
    assert.ok(between.length <= 2, `${between}`);
  }
});

Deno.test("what is invisible colours nothing, and alpha is enlarged with it", async () => {
  // Green where it cannot be seen.
  const disc = painted(
    40,
    40,
    (x, y) => Math.hypot(x - 20, y - 20) < 12 ? [200, 0, 0, 255] : [0, 255, 0, 0],
  );
  const drawn = disc.rgba.filter((value, i) => i % 4 === 3 && value).length;
  for (const factor of [2, 4] as const) {
    const { rgba, transparent } = await upscale(disc, factor);
    assert.ok(transparent);
    for (let i = 0; i < rgba.length; i += 4) {
      if (rgba[i + 3]! > 0) assert.deepEqual([...rgba.subarray(i, i + 3)], [200, 0, 0]);
    }
    const covered = rgba.reduce((sum, value, i) => i % 4 === 3 ? sum + value / 255 : sum, 0);
    const ratio = covered / (drawn * factor ** 2);
    // The network takes the disc's hard steps for what a soft edge looked like.
    assert.ok(
      Math.abs(ratio - 1) < (factor === 2 ? 0.01 : 0.03),
      `${factor} times: ${ratio} of the cover`,
    );
  }
});

Deno.test("tiles leave no seams: the same bytes wherever they are cut, and by threads", async () => {
  const noise = (x: number, y: number) => (Math.imul(x * 31 + y * 17 + 7, 2654435761) >>> 24) & 255;
  const at = (x: number, y: number) => [noise(x, y), noise(y, x), noise(x + y, x), 255];
  for (const factor of [2, 4] as const) {
    const whole = await upscale(painted(300, 280, at), factor);
    // Another cut of the same picture puts the tiles elsewhere.
    const cut = await upscale(painted(300 - 45, 280 - 37, (x, y) => at(x + 45, y + 37)), factor);
    for (let y = 30 * factor; y < cut.height; y++) {
      const from = ((y + 37 * factor) * whole.width + (45 + 30) * factor) * 4;
      assert.deepEqual(
        cut.rgba.subarray((y * cut.width + 30 * factor) * 4, (y + 1) * cut.width * 4),
        whole.rgba.subarray(from, from + (cut.width - 30 * factor) * 4),
      );
    }
  }
  const large = painted(900, 700, at);
  assert.deepEqual((await upscale(large, 2, 2)).rgba, (await upscale(large, 2, 1)).rgba);
});

Deno.test("one pixel becomes four of its colour, and paper size is kept", async () => {
  const pixel = { ...painted(1, 1, () => [9, 8, 7, 255]), density: 72 };
  const { rgba, width, density } = await upscale(pixel, 2);
  assert.deepEqual([width, density, ...rgba.subarray(12)], [2, 144, 9, 8, 7, 255]);
});

Deno.test("a result over 50 megapixels is refused before it is made", async () => {
  const wide = { width: 5000, height: 5000, rgba: new Uint8Array(), transparent: false };
  await assert.rejects(upscale(wide, 2), { code: "picture_too_large" });
});
