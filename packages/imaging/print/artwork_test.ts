import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo } from "../drawing/artwork.ts";
import { readArtwork, writePng } from "./artwork.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
const logo = () => sharp(document(flatLogo(), "#ffffff"));
const text = (value: string) => new TextEncoder().encode(value);

/** A PNG's header that claims a size; nothing follows. */
async function claiming(width: number, height: number): Promise<Uint8Array> {
  const png = new Uint8Array(await logo().png().toBuffer());
  const view = new DataView(png.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return png;
}

/** A PNG with the chunk by which animations begin. */
async function animatedPng(): Promise<Uint8Array> {
  const png = new Uint8Array(await logo().png().toBuffer());
  const chunk = new Uint8Array(20);
  new DataView(chunk.buffer).setUint32(0, 8);
  chunk.set(text("acTL"), 4);
  return new Uint8Array([...png.subarray(0, 33), ...chunk, ...png.subarray(33)]);
}

const refused: [name: string, bytes: () => Promise<Uint8Array>, code: string][] = [
  [
    "an SVG with a script",
    () => Promise.resolve(text("<svg><script>1</script></svg>")),
    "not_a_picture",
  ],
  ["a ZIP named .png", () => Promise.resolve(text("PK\x03\x04 and so on")), "not_a_picture"],
  ["nothing", () => Promise.resolve(new Uint8Array()), "not_a_picture"],
  [
    "a HEIC",
    () => Promise.resolve(text("\0\0\0\x18ftypheic\0\0\0\0")),
    "picture_format_unsupported",
  ],
  ["a GIF", () => logo().gif().toBuffer(), "picture_format_unsupported"],
  ["an animated WebP", async () => {
    const frame = await logo().raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = frame.info;
    const two = new Uint8Array([...frame.data, ...frame.data]);
    const raw = { width, height: height * 2, channels, pageHeight: height } as const;
    two[0]! ^= 255;
    return await sharp(two, { raw }).webp({ loop: 0, delay: [100, 100] }).toBuffer();
  }, "picture_animated"],
  ["an animated PNG", animatedPng, "picture_animated"],
  ["a PNG of 200 megapixels", () => claiming(20_000, 10_000), "picture_too_large"],
  [
    "a truncated PNG",
    async () => (await logo().png().toBuffer()).subarray(0, 2000),
    "picture_broken",
  ],
  [
    "a truncated JPEG",
    async () => (await logo().jpeg().toBuffer()).subarray(0, 9000),
    "picture_broken",
  ],
  [
    "the first bytes of a PNG",
    async () => (await logo().png().toBuffer()).subarray(0, 12),
    "picture_broken",
  ],
];

for (const [name, bytes, code] of refused) {
  Deno.test(`${name} is refused as ${code}`, async () => {
    await assert.rejects(readArtwork(new Uint8Array(await bytes()), limits), { code });
  });
}

Deno.test("a file over the limit is refused before it is decoded", async () => {
  const bytes = await logo().png().toBuffer();
  await assert.rejects(readArtwork(bytes, { maxImageBytes: 100 }), { code: "picture_too_large" });
});

Deno.test("one pixel is a picture, but too small where an operation needs more", async () => {
  const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#804020" } })
    .png().toBuffer();
  const { rgba } = await readArtwork(pixel, limits);
  assert.deepEqual([...rgba], [0x80, 0x40, 0x20, 255]);
  await assert.rejects(readArtwork(pixel, { ...limits, minSide: 16 }), {
    code: "picture_too_small",
  });
});

Deno.test("CMYK, 16 bits and grey become sRGB of 8 bits", async () => {
  const brown = { create: { width: 40, height: 40, channels: 3, background: "#a07860" } } as const;
  const cmyk = await sharp(brown).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
  assert.equal((await sharp(cmyk).metadata()).space, "cmyk");
  const deep = await sharp(brown).toColourspace("rgb16").png().toBuffer();
  assert.equal((await sharp(deep).metadata()).depth, "ushort");
  const grey = await sharp(brown).greyscale().png().toBuffer();
  const first = async (
    bytes: Uint8Array,
  ) => [...(await readArtwork(bytes, limits)).rgba.subarray(0, 4)];
  assert.deepEqual(await first(deep), [0xa0, 0x78, 0x60, 255]);
  const [r, g, b] = await first(cmyk) as [number, number, number, number];
  // CMYK holds fewer colours: the nearest one comes back.
  assert.ok(Math.hypot(r - 0xa0, g - 0x78, b - 0x60) < 12, `${[r, g, b]}`);
  const [x, y, z] = await first(grey);
  assert.ok(x === y && y === z);
});

Deno.test("a photo that lies on its side is turned upright", async () => {
  const lying = await sharp({ create: { width: 60, height: 30, channels: 3, background: "#fff" } })
    .withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const { width, height } = await readArtwork(lying, limits);
  assert.deepEqual([width, height], [30, 60]);
});

Deno.test("what is written reads as it was, with its density", async () => {
  const drawn = await sharp(document(flatLogo())).png().toBuffer();
  const artwork = { ...await readArtwork(drawn, limits), density: 300 };
  const again = await readArtwork(await writePng(artwork), limits);
  assert.deepEqual([again.density, again.transparent], [300, true]);
  assert.ok(again.rgba.every((value, i) => value === artwork.rgba[i]));
});
