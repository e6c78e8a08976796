import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { chunk as pngChunk } from "../../packages/dtf/convert/png.ts";
import { discPng } from "./gallery.ts";

/** A drawing of `inside`. */
export const svg = (inside: string, root = 'width="40" height="30"') =>
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

/** A small picture of one colour, to be encoded. */
export const plain = () =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: "#f60" } });
const animatedGif = () =>
  Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(13), Buffer.from("NETSCAPE2.0")]);
const half = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length / 2));

/** Files that are not kept: what each is, its bytes, and the code of its refusal. */
export const badPictures: [
  what: string,
  bytes: () => Promise<Uint8Array> | Uint8Array,
  code: string,
][] = [
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
