import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { badPictures, plain, svg } from "./bad_pictures.ts";
import {
  confirm,
  disc,
  discPng,
  filesBelow,
  reservedPicture,
  type ShownImage,
  thumbnailOf,
  uploadedPicture,
} from "./gallery.ts";
import type { ProblemBody } from "./people.ts";

Deno.test("F-15, F-20: what is no picture that can be printed is refused by name, and its file goes", async (t) => {
  for (const [what, bytes, code] of badPictures) {
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
      await eventually(() => filesBelow(path), (count) => count === 0);
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
  await eventually(() => filesBelow(folder), (count) => count === 0);
  assert.equal((await remove()).status, 404);
});
