import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, service, type User } from "../harness/platform.ts";
import {
  confirm,
  disc,
  discPng,
  madeCollection,
  reservedPicture,
  type ShownImage,
  uploadedPicture,
} from "./gallery.ts";
import { chunk as pngChunk } from "../../packages/dtf/convert/png.ts";
import type { ProblemBody } from "./people.ts";

const svg = (inside: string, root = 'width="40" height="30"') =>
  new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" ${root}>${inside}</svg>`);

/** A PNG that says it is `side` × `side` pixels, with little in it. */
function hugePng(side: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(100))),
    chunk("IEND", new Uint8Array()),
  ]);
}

const plain = () => sharp({ create: { width: 32, height: 32, channels: 3, background: "#f60" } });
const animatedGif = () =>
  Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(13), Buffer.from("NETSCAPE2.0")]);
const half = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length / 2));

const bad: [what: string, bytes: () => Promise<Uint8Array> | Uint8Array, code: string][] = [
  ["one pixel", () => sharp(hugeless(1)).png().toBuffer(), "picture_too_small"],
  ["200 megapixels", () => hugePng(14143), "picture_too_large"],
  ["a JPEG in CMYK", () => plain().toColourspace("cmyk").jpeg().toBuffer(), "picture_cmyk"],
  ["a TIFF in CMYK", () => plain().toColourspace("cmyk").tiff().toBuffer(), "picture_cmyk"],
  ["a PNG of 16 bits", () => plain().toColourspace("rgb16").png().toBuffer(), "picture_16_bit"],
  ["an animated GIF", animatedGif, "picture_animated"],
  ["an animated WebP", () => animatedWebp(), "picture_animated"],
  ["an animated PNG", async () => animatedPng(await discPng(32)), "picture_animated"],
  ["a TIFF of two pages", () => twoPages(), "picture_animated"],
  ["HEIC", () => Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"), "picture_heic"],
  ["half a PNG", async () => half(await discPng(200)), "picture_broken"],
  ["half a JPEG", async () => half(await plain().jpeg().toBuffer()), "picture_broken"],
  ["half a WebP", async () => half(await plain().webp().toBuffer()), "picture_broken"],
  ["half a TIFF", async () => half(await plain().tiff().toBuffer()), "picture_broken"],
  [
    "a TIFF without its end",
    async () => (await plain().tiff({ compression: "none" }).toBuffer()).subarray(0, -9),
    "picture_broken",
  ],
  ["an SVG with a script", () => svg("<script>alert(1)</script>"), "picture_svg_unsafe"],
  ["an SVG with a handler", () => svg('<g onclick="alert(1)"/>'), "picture_svg_unsafe"],
  [
    "an SVG that loads",
    () => svg('<image href="https://example.com/a.png"/>'),
    "picture_svg_unsafe",
  ],
  [
    "an SVG with a hidden scheme",
    () => svg('<a href="&#106;avascript:alert(1)"/>'),
    "picture_svg_unsafe",
  ],
  [
    "a ZIP named .png",
    () => Buffer.from("PK\x03\x04rest of it", "latin1"),
    "unsupported_media_type",
  ],
  ["a page named .png", () => Buffer.from("<html><svg></svg></html>"), "unsupported_media_type"],
];

function hugeless(side: number) {
  return { create: { width: side, height: side, channels: 3 as const, background: "#fff" } };
}

/** A PNG with the chunk by which animations begin. */
function animatedPng(png: Uint8Array): Uint8Array {
  return Buffer.concat([
    png.subarray(0, 33),
    pngChunk("acTL", Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
    png.subarray(33),
  ]);
}

/** A TIFF whose directory names another after it. */
async function twoPages(): Promise<Uint8Array> {
  const tiff = await plain().tiff().toBuffer();
  const directory = tiff.readUInt32LE(4);
  tiff.writeUInt32LE(directory, directory + 2 + tiff.readUInt16LE(directory) * 12);
  return tiff;
}

/** Two frames in the extended form of WebP. */
function animatedWebp(): Uint8Array {
  const body = Buffer.concat([
    Buffer.from("WEBPVP8X"),
    Buffer.from([10, 0, 0, 0, 0x02, 0, 0, 0, 31, 0, 0, 31, 0, 0]),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from("RIFF"), size, body]);
}

Deno.test("F-15, F-20: what is no picture that can be printed is refused by name, and its file goes", async (t) => {
  for (const [what, bytes, code] of bad) {
    await t.step(what, async () => {
      const person = await newUser();
      const { image_id, path } = await reservedPicture(person, await bytes());
      const { status, body } = await confirm<ProblemBody>(person, image_id);
      assert.equal(body.code, code, JSON.stringify(body));
      assert.equal(status, code === "unsupported_media_type" ? 415 : 422);
      const again = await confirm<ProblemBody>(person, image_id);
      assert.equal(again.body.code, code);
      const { body: image } = await callJson<ShownImage>(`images/${image_id}`, { caller: person });
      assert.deepEqual([image.status, image.error], ["failed", code]);
      await eventually(() => files(path), (count) => count === 0);
    });
  }
});

Deno.test("F-15, F-20: a picture is what its bytes say, with its size, hash, resolution and a small picture", async () => {
  const person = await newUser();
  const file = await sharp(disc(640).pixels, { raw: { width: 640, height: 640, channels: 4 } })
    .withMetadata({ density: 150 }).png().toBuffer();
  const image = await uploadedPicture(person, file);
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", file)).toString("hex");
  const { type, status, width, height, has_alpha, dpi, print_width_cm, sha256 } = image;
  assert.deepEqual({ type, status, width, height, has_alpha, dpi, print_width_cm, sha256 }, {
    type: "image/png",
    status: "completed",
    width: 640,
    height: 640,
    has_alpha: true,
    dpi: 150,
    print_width_cm: 10.84,
    sha256: digest,
  });
  const read = () => callJson<ShownImage>(`images/${image.image_id}`, { caller: person });
  const { body } = await eventually(read, ({ body }) => body.thumbnail_url !== null);
  const small = await sharp(Buffer.from(await (await fetch(body.thumbnail_url!)).arrayBuffer()))
    .metadata();
  assert.deepEqual([small.format, small.width, small.channels], ["png", 400, 4]);
});

/**
 * Red above, blue below, 60 × 40 upright; stored as a camera does that is held on its side: turned a quarter to the left, noting that, and
 * where it was.
 */
function fromCamera() {
  const rgb = Buffer.from(
    Array.from({ length: 40 * 60 }, (_, i) => i % 40 < 20 ? [200, 20, 20] : [20, 20, 200]).flat(),
  );
  return sharp(rgb, { raw: { width: 40, height: 60, channels: 3 } })
    .withExif({
      IFD0: { Make: "Camera" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 3230/100" },
    })
    .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'>Camera, GPSLatitude 51,30.5N</x:xmpmeta>")
    .withMetadata({ orientation: 6 });
}

const noted: [name: string, bytes: () => Promise<Buffer>][] = [
  ["JPEG", () => fromCamera().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer()],
  ["WebP", () => fromCamera().webp({ quality: 100 }).toBuffer()],
  ["TIFF", () => fromCamera().tiff({ compression: "deflate" }).toBuffer()],
  ["PNG", () => fromCamera().png().toBuffer()],
];

/** The colours in the middle of the upper and of the lower half. */
async function halves(file: Uint8Array): Promise<string[]> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  return [0.25, 0.75].map((down) => {
    const i = (Math.floor(info.height * down) * info.width + (info.width >> 1)) * 3;
    return data[i]! > data[i + 2]! ? "red" : "blue";
  });
}

for (const [name, bytes] of noted) {
  Deno.test(`a ${name} from a camera stands upright everywhere, and where it was taken is kept nowhere`, async () => {
    const person = await newUser();
    const file = await bytes();
    const camera = await sharp(file).metadata();
    assert.deepEqual([camera.orientation, camera.width], [6, 40]);
    assert.ok(file.includes("Camera"));
    const image = await uploadedPicture(person, file);
    assert.deepEqual([image.width, image.height], [60, 40]);
    const small = await thumbnailOf(person, image.image_id);
    assert.deepEqual(await halves(small), ["red", "blue"]);
    for (const format of ["original", "png", "tiff"]) {
      const { body } = await download(person, { image_id: image.image_id, format });
      const made = await fetched(body.url);
      const { exif, orientation = 1, width } = await sharp(made).metadata();
      assert.equal(width, orientation === 6 ? 40 : 60, format);
      assert.deepEqual(await halves(await sharp(made).rotate().png().toBuffer()), ["red", "blue"]);
      assert.ok(!exif || !exif.includes("Camera"), format);
      for (const secret of ["Camera", "GPS"]) assert.ok(!made.includes(secret), format);
      assert.ok(!made.includes(latitude) && !made.includes(latitudeBackward), format);
    }
    const folder = `${person.id}/${image.image_id}/`;
    await eventually(
      () => namesIn(folder),
      (names) => names.includes("original-clean") && !names.includes("original"),
    );
  });
}

/** 3230/100 in either order of bytes, as a rational of EXIF. */
const latitude = Buffer.from([0, 0, 0x0c, 0x9e, 0, 0, 0, 100]);
const latitudeBackward = Buffer.from([0x9e, 0x0c, 0, 0, 100, 0, 0, 0]);

/** The small picture of a picture, once there is one. */
async function thumbnailOf(person: User, id: string): Promise<Buffer> {
  const { body } = await eventually(
    () => callJson<ShownImage>(`images/${id}`, { caller: person }),
    ({ body }) => body.thumbnail_url !== null,
    30_000,
  );
  return await fetched(body.thumbnail_url!);
}

for (
  const [name, make, type] of [
    ["JPEG", () => plain().jpeg().toBuffer(), "image/jpeg"],
    ["WebP", () => plain().webp({ lossless: true }).toBuffer(), "image/webp"],
    ["TIFF", () => plain().tiff().toBuffer(), "image/tiff"],
    [
      "SVG",
      () => Promise.resolve(svg('<rect width="3" height="3"/>', 'viewBox="0 0 32 32"')),
      "image/svg+xml",
    ],
  ] as const
) {
  Deno.test(`a ${name} is taken for what it is, whatever it was called, and has a small picture`, async () => {
    const person = await newUser();
    const image = await uploadedPicture(person, await make());
    assert.deepEqual([image.type, image.width, image.height], [type, 32, 32]);
    const { format, width } = await sharp(await thumbnailOf(person, image.image_id)).metadata();
    assert.deepEqual([format, width], ["png", 32]);
  });
}

Deno.test("F-15: an upload is within the plan, to its own place, once", async () => {
  const person = await newUser();
  const reserve = (body: object) => callJson<ProblemBody>("image-upload", { caller: person, body });
  const large = await reserve({ filename: "a.png", size: 20_000_000, content_type: "image/png" });
  assert.deepEqual([large.status, large.body.code], [413, "payload_too_large"]);
  const zip = await reserve({ filename: "a.zip", size: 20, content_type: "application/zip" });
  assert.deepEqual([zip.status, zip.body.code], [415, "unsupported_media_type"]);
  const path = await reserve({ filename: "../a.png", size: 20, content_type: "image/png" });
  assert.deepEqual([path.status, path.body.code], [422, "invalid_request"]);

  const { body } = await callJson<{ image_id: string }>("image-upload", {
    caller: person,
    body: { filename: "a.png", size: 20, content_type: "image/png" },
  });
  const early = await confirm<ProblemBody>(person, body.image_id);
  assert.deepEqual([early.status, early.body.code], [409, "input_not_found"]);
  const theirs = await confirm<ProblemBody>(await newUser(), body.image_id);
  assert.deepEqual([theirs.status, theirs.body.code], [404, "not_found"]);

  // The free plan takes 10 MB, whatever was said before.
  const more = await callJson<{ image_id: string; bucket: string; path: string; token: string }>(
    "image-upload",
    { caller: person, body: { filename: "a.png", size: 20, content_type: "image/png" } },
  );
  await person.client.storage.from(more.body.bucket).uploadToSignedUrl(
    more.body.path,
    more.body.token,
    new Uint8Array(11 * 1024 * 1024),
    { contentType: "image/png" },
  );
  const heavy = await confirm<ProblemBody>(person, more.body.image_id);
  assert.deepEqual([heavy.status, heavy.body.code], [413, "payload_too_large"]);

  const taken = await reservedPicture(person);
  const { error } = await person.client.storage.from(taken.bucket)
    .uploadToSignedUrl(taken.path, taken.token, await discPng(32), { contentType: "image/png" });
  assert.ok(error, "a confirmed file would otherwise be replaced");
  const direct = await person.client.storage.from(taken.bucket)
    .upload(`${person.id}/mine.png`, await discPng(32), { contentType: "image/png" });
  assert.ok(direct.error);
});

Deno.test("F-15: the plan's number of pictures holds for requests at once", async () => {
  const person = await newUser();
  await callJson("images", { caller: person });
  const sql = platformDatabase();
  try {
    await sql`select private.dtf_admit(${person.id})`;
    await sql`insert into dtf.images (user_id, original_filename)
      select ${person.id}, 'x' from generate_series(1, 48)`;
  } finally {
    await sql.end();
  }
  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      callJson<ProblemBody>("image-upload", {
        caller: person,
        body: { filename: "a.png", size: 20, content_type: "image/png" },
      })),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 2);
  assert.ok(
    answers.filter(({ status }) => status !== 201)
      .every(({ body }) => body.code === "too_many_pictures"),
  );
});

Deno.test("pictures are listed page by page, renamed, marked and sized by their owner alone", async () => {
  const [person, other] = [await newUser(), await newUser()];
  const made = [
    await uploadedPicture(person),
    await uploadedPicture(person),
    await uploadedPicture(person),
  ];
  type Page = { images: ShownImage[]; next_cursor: string | null };
  const list = (query: string) => callJson<Page>(`images?${query}`, { caller: person });
  const first = await list("page_size=2");
  const second = await list(`page_size=2&cursor=${encodeURIComponent(first.body.next_cursor!)}`);
  assert.deepEqual(
    [...first.body.images, ...second.body.images].map(({ image_id }) => image_id),
    made.map(({ image_id }) => image_id).reverse(),
  );
  assert.equal(second.body.next_cursor, null);
  assert.equal((await list("cursor=x")).status, 422);

  const [one] = made;
  const change = <T = ShownImage>(caller: User, body: object) =>
    callJson<T>(`images/${one!.image_id}`, { caller, method: "PATCH", body });
  const changed = await change(person, {
    filename: "logo.png",
    is_favorite: true,
    print_width_cm: 2,
  });
  assert.deepEqual([changed.body.filename, changed.body.is_favorite, changed.body.dpi], [
    "logo.png",
    true,
    81,
  ]);
  assert.equal(
    (await change<ProblemBody>(person, { print_width_cm: 900 })).body.code,
    "invalid_request",
  );
  assert.equal((await change<ProblemBody>(other, { filename: "x" })).body.code, "not_found");
  const read = (caller: User) => callJson<ShownImage>(`images/${one!.image_id}`, { caller });
  assert.deepEqual([(await read(person)).status, (await read(other)).status], [200, 404]);
  assert.deepEqual((await list("favorite=true")).body.images.map(({ image_id }) => image_id), [
    one!.image_id,
  ]);
  const theirs = await callJson<Page>("images", { caller: other });
  assert.deepEqual(theirs.body.images, []);
});

Deno.test("F-15: a deleted picture takes its files along; one that is worked on stays", async () => {
  const person = await newUser();
  const image = await uploadedPicture(person);
  const folder = `${person.id}/${image.image_id}/`;
  await callJson("image-download", {
    caller: person,
    body: { image_id: image.image_id, format: "pdf" },
  });
  const remove = () =>
    callJson<ProblemBody>(`images/${image.image_id}`, { caller: person, method: "DELETE" });
  const sql = platformDatabase();
  try {
    await sql`insert into dtf.image_operations (image_id, user_id, operation_type)
      values (${image.image_id}, ${person.id}, 'upscale')`;
    assert.equal((await remove()).body.code, "illegal_transition");
    await sql`update dtf.image_operations set status = 'failed', error_code = 'x', completed_at = private.now()
      where image_id = ${image.image_id}`;
  } finally {
    await sql.end();
  }
  const other = await newUser();
  const theirs = await callJson<ProblemBody>(`images/${image.image_id}`, {
    caller: other,
    method: "DELETE",
  });
  assert.equal(theirs.status, 404);
  assert.equal((await remove()).status, 200);
  await eventually(() => files(folder), (count) => count === 0);
  assert.equal((await remove()).status, 404);
});

type Download = {
  url: string;
  filename: string;
  dpi: number;
  print_width_cm: number;
  download_count: number;
};

const download = <T = Download>(caller: User, body: object) =>
  callJson<T>("image-download", { caller, body });

const fetched = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

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

Deno.test("F-21: a public collection shows its pictures to anybody and nothing else, until it is hidden", async () => {
  const person = await newUser();
  const { collection_id, image_id } = await madeCollection(person, true);
  const open = () =>
    callJson<{ pictures: { url: string }[] } & ProblemBody>(`collections/public/${collection_id}`);
  const shown = await open();
  assert.deepEqual(Object.keys(shown.body), ["pictures"]);
  assert.deepEqual(shown.body.pictures.map((picture) => Object.keys(picture)), [["url"]]);
  assert.equal((await sharp(await fetched(shown.body.pictures[0]!.url)).metadata()).width, 64);
  assert.ok(!JSON.stringify(shown.body).includes("Summer"));
  const change = (body: object, caller = person) =>
    callJson<ProblemBody>(`collections/${collection_id}`, { caller, method: "PATCH", body });
  assert.equal((await change({ is_public: false }, await newUser())).status, 404);
  await change({ is_public: false });
  assert.deepEqual([(await open()).status, (await open()).body.code], [404, "not_found"]);
  assert.equal((await callJson(`collections/public/${crypto.randomUUID()}`)).status, 404);
  await change({ is_public: true });
  await callJson(`images/${image_id}`, { caller: person, method: "DELETE" });
  assert.deepEqual((await open()).body.pictures, []);
});

Deno.test("F-21: nobody puts another's picture into a collection, or their own into another's", async () => {
  const [person, other] = [await newUser(), await newUser()];
  const { collection_id } = await madeCollection(person, false);
  const foreign = await uploadedPicture(other);
  const put = (caller: User) =>
    callJson<ProblemBody>(`collections/${collection_id}/images/${foreign.image_id}`, {
      caller,
      method: "PUT",
    });
  assert.deepEqual([(await put(person)).status, (await put(other)).status], [404, 404]);
  const read = await callJson<{ images: ShownImage[]; pictures: number }>(
    `collections/${collection_id}`,
    { caller: person },
  );
  assert.deepEqual([read.body.images.length, read.body.pictures], [1, 1]);
  assert.equal((await callJson(`collections/${collection_id}`, { caller: other })).status, 404);
  assert.equal(
    (await callJson(`collections/${collection_id}`, { caller: person, method: "DELETE" })).status,
    200,
  );
});

/** How many files there are below a path. */
async function files(path: string): Promise<number> {
  return (await namesIn(path)).length;
}

/** Names of the files below a path. */
async function namesIn(path: string): Promise<string[]> {
  const [, folder] = /^(.*)\/[^/]*$/.exec(path)!;
  const { data, error } = await service().storage.from("dtf-images").list(folder);
  if (error) throw error;
  return data.map(({ name }) => name);
}
