import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo } from "../drawing/artwork.ts";
import { readArtwork } from "./artwork.ts";
import { vectorize } from "./vectorize.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
const drawn = async (svg: Uint8Array) =>
  await readArtwork(await sharp(svg).png().toBuffer(), limits);

Deno.test("a logo becomes few paths in its own colours that look as it does", async () => {
  const logo = await drawn(document(flatLogo(), "#ffffff"));
  const { svg, paths, colours } = await vectorize(logo, { colours: 8, maxBytes: 100_000 });
  assert.ok(
    colours.length <= 8 && colours.includes("#c0392b") && colours.includes("#ffffff"),
    `${colours}`,
  );
  assert.ok(paths >= 15 && paths < 120, `${paths} paths`);
  assert.equal(svg.match(/<path/g)?.length, paths);
  const again = await sharp(new TextEncoder().encode(svg)).ensureAlpha().raw().toBuffer();
  assert.equal(again.length, logo.rgba.length);
  let error = 0;
  for (let i = 0; i < again.length; i++) error += Math.abs(again[i]! - logo.rgba[i]!);
  assert.ok(error / again.length < 3, `${(error / again.length).toFixed(2)} away on average`);
});

Deno.test("colours are never more than asked for, down to two", async () => {
  const logo = await drawn(document(flatLogo(), "#ffffff"));
  for (const colours of [2, 3, 5]) {
    const drawing = await vectorize(logo, { colours, maxBytes: 1_000_000 });
    assert.ok(drawing.colours.length <= colours);
    const fills = new Set(drawing.svg.match(/fill="[^"]+"/g));
    assert.equal(fills.size, drawing.colours.length);
  }
});

Deno.test("the drawing holds nothing but paths, and says its size", async () => {
  const { svg } = await vectorize(await drawn(document(flatLogo(), "#ffffff", 400, 300)), {
    colours: 6,
    maxBytes: 1_000_000,
  });
  const elements = new Set([...svg.matchAll(/<\/?([a-z]+)/gi)].map(([, name]) => name));
  assert.deepEqual([...elements].toSorted(), ["path", "svg"]);
  const names = new Set([...svg.matchAll(/ ([a-zA-Z:]+)="/g)].map(([, name]) => name));
  const allowed = ["d", "fill", "height", "transform", "viewBox", "width", "xmlns"];
  assert.deepEqual([...names].toSorted().filter((name) => !allowed.includes(name!)), []);
  assert.match(svg, /width="400" height="300" viewBox="0 0 400 300"/);
});

Deno.test("what is transparent stays empty", async () => {
  const { svg } = await vectorize(await drawn(document(flatLogo())), {
    colours: 8,
    maxBytes: 1_000_000,
  });
  const pixels = await sharp(new TextEncoder().encode(svg)).ensureAlpha().raw().toBuffer();
  assert.equal(pixels[3], 0);
  assert.equal(pixels[(280 * 800 + 150) * 4 + 3], 255);
});

Deno.test("a photo that does not fit is refused, and drawn coarsely before that", async () => {
  const photo = await Deno.readFile(new URL("../fixtures/astronaut.png", import.meta.url));
  const artwork = await readArtwork(photo, limits);
  const fine = await vectorize(artwork, { colours: 32, maxBytes: 5_000_000 });
  const coarse = await vectorize(artwork, { colours: 32, maxBytes: fine.svg.length - 1 });
  assert.ok(coarse.paths < fine.paths);
  await assert.rejects(vectorize(artwork, { colours: 32, maxBytes: 5000 }), {
    code: "vector_too_large",
  });
});
