/**
 * Writes what `train.py` learns from: `deno run -A packages/imaging/print/training/pairs.ts FROM TO`.
 *
 * FROM is a folder of photos. TO gets index.json and, for each picture, its bytes (RGB) and those of one four times smaller.
 */
import sharp from "sharp";
import { word } from "../../drawing/artwork.ts";

interface Pair {
  id: string;
  /** Of the smaller one. */
  width: number;
  height: number;
  kind: "photo" | "texture" | "drawing";
}

interface Raw {
  data: Uint8Array;
  info: { width: number; height: number };
}

const [from, to] = Deno.args;
if (!from || !to) throw new Error("Say where the photos are, and where the pairs go.");
await Deno.mkdir(to, { recursive: true });

const chance = random(12345);
const pick = <T>(among: readonly T[]): T => among[Math.floor(chance() * among.length)]!;
const pairs: Pair[] = [];

const textures = /brick|grass|gravel|hubble|ihc|retina/;
const fixtures = new URL("../../fixtures/", import.meta.url);
const drawnFixtures = ["hoodie", "t-shirt-cream", "person", "long-sleeve"];

for await (const { name } of Deno.readDir(from)) {
  const bytes = await Deno.readFile(`${from}/${name}`);
  const { width, height } = await sharp(bytes).metadata();
  const longest = Math.max(width, height);
  const scales = longest > 1300 ? [600 / longest, 900 / longest, 1280 / longest] : [1, 0.75, 0.55];
  for (const scale of scales) {
    const sized = sharp(bytes).resize(Math.round(width * scale), Math.round(height * scale));
    await add(
      `${name}-${Math.round(scale * 1000)}`,
      sized,
      textures.test(name) ? "texture" : "photo",
    );
  }
}
for (const name of drawnFixtures) {
  await add(name, sharp(await Deno.readFile(new URL(`${name}.png`, fixtures))), "drawing");
}
for (let i = 0; i < 60; i++) await add(`drawing-${i}`, sharp(drawing(i)), "drawing");
await Deno.writeTextFile(`${to}/index.json`, JSON.stringify(pairs));

/** Each picture once, made smaller by Lanczos 3 as the tests do, or in another way. */
async function add(name: string, picture: ReturnType<typeof sharp>, kind: Pair["kind"]) {
  const png = await picture.flatten({ background: "#ffffff" }).toColourspace("srgb").png()
    .toBuffer();
  const whole = await sharp(png).metadata();
  const [width, height] = [Math.floor(whole.width / 4), Math.floor(whole.height / 4)];
  const box = { left: 0, top: 0, width: width * 4, height: height * 4 };
  const large = await sharp(png).extract(box).png().toBuffer();
  const kernel = pick(["lanczos3", "lanczos3", "lanczos3", "mitchell", "cubic"] as const);
  const { data } = await rawOf(sharp(large));
  const small = await rawOf(sharp(large).resize(width, height, { kernel }));
  await Deno.writeFile(`${to}/${name}.large`, data);
  await Deno.writeFile(`${to}/${name}.small`, small.data);
  pairs.push({ id: name, width, height, kind });
}

function rawOf(picture: ReturnType<typeof sharp>): Promise<Raw> {
  return picture.toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true });
}

/** Shapes, strokes and words in any colours, 480 × 480. */
function drawing(turn: number): Uint8Array {
  const side = 480;
  const within = (least: number, most: number) => (least + chance() * (most - least)).toFixed(1);
  const place = () => `${within(0, side)} ${within(0, side)}`;
  const colour = () =>
    `#${
      [0, 1, 2].map(() =>
        pick([0, 20, 60, 120, 180, 230, 255, Math.floor(chance() * 256)]).toString(16).padStart(
          2,
          "0",
        )
      ).join("")
    }`;
  const paint = () =>
    chance() < 0.5
      ? `fill="none" stroke="${colour()}" stroke-width="${within(1, 14)}"`
      : `fill="${colour()}"`;
  const turned = (degrees: readonly number[]) => `rotate(${pick(degrees)} 240 240)`;
  const shapes = [
    () =>
      `<circle cx="${within(0, side)}" cy="${within(0, side)}" r="${within(3, 110)}" ${paint()}/>`,
    () => `<path d="M${place()}L${place()}L${place()}Z" ${paint()}/>`,
    () =>
      `<path d="M${place()}Q${place()} ${place()}" fill="none" stroke="${colour()}" stroke-width="${
        within(0.8, 9)
      }"/>`,
    () =>
      `<rect x="${within(0, side)}" y="${within(0, side)}" width="${within(3, 200)}" height="${
        within(3, 200)
      }" ${paint()} transform="${turned([0, 0, 0, 45, Number(within(0, 90))])}"/>`,
    () => {
      const letters = [..."TESRAO"].toSorted(() => chance() - 0.5).join("");
      const [x, y] = [Number(within(0, 260)), Number(within(0, 420))];
      const [height, weight] = [Number(within(10, 70)), Number(within(1.5, 11))];
      const written = word(letters, x, y, height, weight, colour());
      return `<g transform="${turned([0, 0, Number(within(-30, 30))])}">${written}</g>`;
    },
    () => {
      const [step, ink] = [pick([4, 6, 9, 13, 20]), colour()];
      return Array.from(
        { length: 8 },
        (_, i) =>
          `<path d="M${20 + turn} ${40 + i * step}H${260 + turn}" stroke="${ink}" stroke-width="${
            within(1, step / 2 + 1)
          }"/>`,
      ).join("");
    },
  ];
  const drawn = Array.from({ length: 14 }, () => pick(shapes)()).join("");
  return new TextEncoder().encode(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="${colour()}"/>${drawn}</svg>`,
  );
}

/** The same numbers, 0 to 1, each time (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}
