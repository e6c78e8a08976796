import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { PictureType } from "../inspect/facts.ts";
import { chunk } from "../convert/png.ts";
import { inspectPicture } from "../inspect/inspect.ts";
import { withoutNotes } from "./strip.ts";

const secret = "51,30.5N";

/** A picture with a pattern, so that a change of a pixel shows. */
function picture() {
  const rgb = Buffer.from(Array.from({ length: 48 * 32 * 3 }, (_, i) => (i * 7) % 251));
  return sharp(rgb, { raw: { width: 48, height: 32, channels: 3 } });
}

const noted = (orientation: number) =>
  picture().withExif({ IFD0: { Copyright: secret } }).withXmp(`<x>${secret}</x>`)
    .withMetadata({ orientation, density: 200 });

const kinds: [type: PictureType, bytes: (orientation: number) => Promise<Buffer>][] = [
  ["image/jpeg", (orientation) => noted(orientation).jpeg().toBuffer()],
  ["image/jpeg", (orientation) => noted(orientation).jpeg({ progressive: true }).toBuffer()],
  ["image/png", (orientation) => noted(orientation).png().toBuffer()],
  ["image/webp", (orientation) => noted(orientation).webp().toBuffer()],
  ["image/webp", (orientation) => noted(orientation).webp({ lossless: true }).toBuffer()],
  ["image/tiff", (orientation) => noted(orientation).tiff({ compression: "lzw" }).toBuffer()],
];

for (const [i, [type, make]] of kinds.entries()) {
  Deno.test(`notes go out of ${type} (${i}); pixels, resolution and orientation stay`, async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const file = await make(orientation);
      assert.ok(file.includes(secret));
      const clean = Buffer.from(withoutNotes(file, type));
      assert.ok(!clean.includes(secret), `orientation ${orientation}`);
      const after = await sharp(clean).metadata();
      assert.equal(after.orientation ?? 1, orientation);
      assert.equal(after.xmp, undefined);
      assert.equal(inspectPicture(clean).dpi, type === "image/webp" ? null : 200);
      const pixels = (bytes: Uint8Array) => sharp(bytes).rotate().raw().toBuffer();
      assert.ok((await pixels(clean)).equals(await pixels(file)));
      const { width, height } = inspectPicture(clean);
      assert.deepEqual([width, height], orientation < 5 ? [48, 32] : [32, 48]);
      assert.equal(inspectPicture(file).dpi, 200);
      assert.deepEqual(Buffer.from(withoutNotes(clean, type)), clean);
    }
  });
}

Deno.test("what has no notes stays the very same bytes", async () => {
  for (
    const [type, file] of [
      ["image/jpeg", await picture().jpeg().toBuffer()],
      ["image/png", await picture().png().toBuffer()],
      ["image/webp", await picture().webp().toBuffer()],
      ["image/tiff", await picture().tiff().toBuffer()],
      ["image/svg+xml", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ] as const
  ) assert.equal(withoutNotes(file, type), file);
});

Deno.test("a colour profile stays", async () => {
  for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
    const file = await noted(1).withIccProfile("p3").toFormat(format).toBuffer();
    const { icc } = await sharp(withoutNotes(file, `image/${format}`)).metadata();
    assert.ok(icc, format);
  }
});

Deno.test("comments, and what phones append to a JPEG, go too", async () => {
  const jpeg = await picture().jpeg().toBuffer();
  const comment = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0, secret.length + 2]),
    Buffer.from(secret),
  ]);
  const file = Buffer.concat([
    jpeg.subarray(0, 2),
    comment,
    jpeg.subarray(2),
    await noted(1).jpeg().toBuffer(),
  ]);
  assert.deepEqual(Buffer.from(withoutNotes(file, "image/jpeg")), jpeg);
});

/** A TIFF with a directory of GPS, as cameras write it: libvips writes none. */
async function tiffWithPlace(): Promise<Buffer> {
  const plain = await picture().tiff({ compression: "none" }).toBuffer();
  const directory = plain.readUInt32LE(4);
  const count = plain.readUInt16LE(directory);
  const entries = plain.subarray(directory + 2, directory + 2 + count * 12);
  const at = plain.length + plain.length % 2;
  const [places, latitude] = [at + 2 + (count + 1) * 12 + 4, at + 2 + (count + 1) * 12 + 4 + 18];
  const entry = (tag: number, type: number, length: number, value: number) => {
    const field = Buffer.alloc(12);
    field.writeUInt16LE(tag, 0);
    field.writeUInt16LE(type, 2);
    field.writeUInt32LE(length, 4);
    field.writeUInt32LE(value, 8);
    return field;
  };
  const short = (value: number) => Buffer.from([value & 255, value >> 8]);
  const none = Buffer.alloc(4);
  const file = Buffer.concat([
    plain,
    Buffer.alloc(at - plain.length),
    ...[short(count + 1), entries, entry(34853, 4, 1, places), none],
    ...[short(1), entry(2, 2, secret.length, latitude), none],
    Buffer.from(secret),
  ]);
  file.writeUInt32LE(at, 4);
  return file;
}

Deno.test("texts of every kind go out of a PNG, and the time", async () => {
  const png = await picture().png().toBuffer();
  const texts = ["tEXt", "zTXt", "iTXt", "tIME", "eXIf"].map((name) =>
    chunk(name, Buffer.from(secret))
  );
  const file = Buffer.concat([png.subarray(0, 33), ...texts, png.subarray(33)]);
  assert.deepEqual(Buffer.from(withoutNotes(file, "image/png")), png);
});

Deno.test("72 pixels per inch in EXIF mean that nobody knows", async () => {
  for (const [density, dpi] of [[72, null], [96, 96], [300, 300]] as const) {
    const jpeg = await picture().withExif({ IFD0: { Make: "x" } }).withMetadata({ density }).jpeg()
      .toBuffer();
    assert.equal(inspectPicture(jpeg).dpi, dpi);
  }
});

Deno.test("the place goes out of a TIFF with all that its directory points to", async () => {
  const file = await tiffWithPlace();
  assert.ok(file.includes(secret));
  const clean = Buffer.from(withoutNotes(file, "image/tiff"));
  assert.ok(!clean.includes(secret));
  assert.equal(clean.indexOf(Buffer.from([0x25, 0x88])), -1, "no entry of GPS is left");
  const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();
  assert.ok((await pixels(clean)).equals(await pixels(file)));
});

Deno.test("a file that is cut off is refused by name", async () => {
  const jpeg = await noted(6).jpeg().toBuffer();
  assert.throws(() => withoutNotes(jpeg.subarray(0, -200), "image/jpeg"), {
    code: "picture_broken",
  });
});
