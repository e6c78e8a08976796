import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { newUser } from "../harness/platform.ts";
import { plain, svg } from "./bad_pictures.ts";
import { disc, download, fetched, uploadedPicture } from "./gallery.ts";
import type { ProblemBody } from "./people.ts";

Deno.test("a PNG is downloaded as PNG, TIFF and PDF with its resolution, the same pixels, and is counted", async () => {
  const person = await newUser();
  const { image_id } = await uploadedPicture(person);
  const wanted = Buffer.from(disc().pixels);
  const png = await download(person, { image_id, format: "png", dpi: 200 });
  assert.deepEqual([png.status, png.body.filename, png.body.dpi, png.body.print_width_cm], [
    200,
    "art.png",
    200,
    0.81,
  ]);
  const tiff = await download(person, { image_id, format: "tiff" });
  assert.equal(tiff.body.dpi, 200);
  for (const { body } of [png, tiff]) {
    const file = await fetched(body.url);
    const { density } = await sharp(file).metadata();
    assert.equal(Math.round(density ?? 0), 200);
    assert.ok((await sharp(file).raw().toBuffer()).equals(wanted));
  }
  const pdf = await download(person, { image_id, format: "pdf" });
  assert.equal(pdf.body.download_count, 3);
  const text = (await fetched(pdf.body.url)).toString("latin1");
  assert.match(
    text,
    /^%PDF-1\.4[\s\S]*\/MediaBox \[0 0 23\.040 23\.040\][\s\S]*\/SMask 6 0 R[\s\S]*%%EOF\n$/,
  );
});

for (
  const [name, make] of [
    ["JPEG", () => plain().jpeg().toBuffer()],
    ["WebP", () => plain().webp({ lossless: true }).toBuffer()],
    ["TIFF", () => plain().tiff({ compression: "lzw" }).toBuffer()],
    ["palette PNG", () => plain().png({ palette: true }).toBuffer()],
    [
      "SVG",
      () =>
        Promise.resolve(
          svg('<rect width="32" height="32" fill="#f60"/>', 'width="32" height="32"'),
        ),
    ],
  ] as const
) {
  Deno.test(`a ${name} is downloaded as PNG, TIFF and PDF, as large on paper as was asked for`, async () => {
    const person = await newUser();
    const { image_id } = await uploadedPicture(person, new Uint8Array(await make()));
    for (const format of ["png", "tiff"]) {
      const { status, body } = await download(person, { image_id, format, dpi: 160 });
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual([body.dpi, body.print_width_cm], [160, 0.51]);
      const file = await fetched(body.url);
      const { density, width, format: read } = await sharp(file).metadata();
      assert.deepEqual([read, width, Math.round(density!)], [format, 32, 160]);
      const [r, g, b] = await sharp(file).removeAlpha().raw().toBuffer();
      assert.ok(Math.hypot(r! - 0xff, g! - 0x66, b!) < 8, `${[r, g, b]}`);
    }
    const pdf = await fetched((await download(person, { image_id, format: "pdf" })).body.url);
    // 32 pixels at 160 per inch are a fifth of an inch: 14.4 points.
    assert.match(pdf.toString("latin1"), /^%PDF-1\.4[\s\S]*\/MediaBox \[0 0 14\.400 14\.400\]/);
  });
}

Deno.test("an SVG says in centimetres how large it is printed, and shows the same", async () => {
  const person = await newUser();
  const drawing = svg('<rect width="40" height="30" fill="#f60"/>');
  const { image_id } = await uploadedPicture(person, drawing);
  const { body } = await download(person, { image_id, format: "svg", dpi: 127 });
  const file = await fetched(body.url);
  assert.match(
    file.toString(),
    /^<svg width="0\.8cm" height="0\.6cm" viewBox="0 0 40 30" xmlns=/,
  );
  // 0.8 × 0.6 cm at the 72 dots per inch of whoever draws it here.
  const { width, height } = await sharp(file).metadata();
  assert.deepEqual([width, height], [23, 17]);
});

Deno.test("a JPEG goes into a PDF as it is; what a picture cannot be had as is named", async () => {
  const person = await newUser();
  const jpeg = await plain().jpeg().toBuffer();
  const { image_id } = await uploadedPicture(person, jpeg);
  const pdf = await download(person, { image_id, format: "pdf" });
  assert.ok((await fetched(pdf.body.url)).includes(jpeg));
  const drawing = await download<ProblemBody>(person, { image_id, format: "svg" });
  assert.deepEqual(
    [drawing.status, drawing.body.code, drawing.body["formats"]],
    [409, "format_unavailable", ["original", "png", "tiff", "pdf"]],
  );
  const original = await download(person, { image_id });
  assert.deepEqual([original.body.filename, (await fetched(original.body.url)).equals(jpeg)], [
    "art.jpg",
    true,
  ]);
  const vector = await uploadedPicture(person, svg('<rect width="3" height="3"/>'));
  assert.equal(
    (await download(person, { image_id: vector.image_id, format: "svg" })).body.filename,
    "art.svg",
  );
  assert.equal((await download<ProblemBody>(await newUser(), { image_id })).body.code, "not_found");
});
