import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { document, flatLogo } from "../drawing/artwork.ts";
import { rendition } from "./rendition.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
const brown = () =>
  sharp({ create: { width: 60, height: 30, channels: 3, background: "#a07860" } });

Deno.test("JPEG, WebP, TIFF, PNG and SVG become a PNG of 8 bits in sRGB, upright, without notes", async () => {
  const noted = () =>
    brown().withExif({ IFD0: { Copyright: "somebody" } }).withMetadata({ orientation: 6 });
  for (const format of ["jpeg", "webp", "tiff", "png"] as const) {
    const { png, width, height } = await rendition(
      await noted().toFormat(format).toBuffer(),
      limits,
    );
    const read = await sharp(png).metadata();
    assert.deepEqual([read.format, read.width, read.depth, read.space, read.orientation], [
      "png",
      30,
      "uchar",
      "srgb",
      undefined,
    ]);
    assert.deepEqual([width, height], [30, 60]);
    assert.ok(!Buffer.from(png).includes("somebody"));
    const [r, g, b] = await sharp(png).raw().toBuffer();
    assert.ok(Math.hypot(r! - 0xa0, g! - 0x78, b! - 0x60) < 6, `${[r, g, b]}`);
  }
  const drawn = await rendition(document(flatLogo(), undefined, 400, 300), limits);
  assert.deepEqual([drawn.width, drawn.height], [400, 300]);
  assert.equal((await sharp(drawn.png).metadata()).hasAlpha, true);
});

Deno.test("it is made smaller where that is asked for, and never larger", async () => {
  const large = await brown().resize(900, 450).jpeg().toBuffer();
  const small = await rendition(large, { ...limits, longest: 400 });
  assert.deepEqual([small.width, small.height], [400, 200]);
  const same = await rendition(await brown().jpeg().toBuffer(), { ...limits, longest: 400 });
  assert.deepEqual([same.width, same.height], [60, 30]);
});

Deno.test("what is no picture, broken or too large is refused by name", async () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const jpeg = await brown().resize(300, 300).jpeg().toBuffer();
  for (
    const [bytes, code] of [
      [text("PK\x03\x04"), "not_a_picture"],
      [text('<svg width="9" height="9"><script/></svg>'), "not_a_picture"],
      [text("\0\0\0\x18ftypheic\0\0\0\0"), "picture_format_unsupported"],
      [jpeg.subarray(0, jpeg.length / 2), "picture_broken"],
      [document("", "#fff", 20_000, 10_000), "picture_too_large"],
    ] as const
  ) await assert.rejects(rendition(bytes, limits), { code });
  await assert.rejects(rendition(jpeg, { maxImageBytes: 100 }), { code: "picture_too_large" });
});
