/**
 * Draws the pictures that tests and the demo work on: `deno run -A packages/imaging/drawing/draw.ts`. They are committed, so that they are the
 * same on every machine.
 */
import sharp from "sharp";
import { garmentSvg } from "./garments.ts";
import { definitions, figure, personSvg } from "./person.ts";
import { badge, neon } from "./prints.ts";

const folder = new URL("../fixtures/", import.meta.url);
const demo = new URL("../../../demo/", import.meta.url);

const svg = (inner: string, width = 1000, height = 1300) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${inner}</svg>`;
const wall = (width = 1000, height = 1300) =>
  `<rect width="${width}" height="${height}" fill="url(#wall)"/>`;

const landscape = svg(
  `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#6fa8d6"/><stop offset="1" stop-color="#dcebf5"/></linearGradient></defs>
<rect width="1200" height="900" fill="url(#sky)"/><circle cx="920" cy="180" r="70" fill="#fff3c4"/>
<path d="M0 520 L220 300 L400 480 L640 240 L900 500 L1060 380 L1200 520 L1200 900 L0 900 Z" fill="#7f97a8"/>
<path d="M0 620 Q300 520 620 610 T1200 580 L1200 900 L0 900 Z" fill="#5e8a4f"/><path d="M0 740 Q400 640 760 730 T1200 700 L1200 900 L0 900 Z" fill="#49733d"/>
<path d="M520 900 Q560 760 660 690 Q700 660 690 640 L720 640 Q760 700 700 760 Q660 820 680 900 Z" fill="#c9b48c"/>`,
  1200,
  900,
);

const pictures: [name: URL, svg: string][] = [
  [new URL("person.png", demo), personSvg()],
  [new URL("garment.png", demo), garmentSvg("t-shirt", { fill: "#2f6f73", pattern: "print" })],
  [new URL("landscape.png", demo), landscape],
  [new URL("person.png", folder), personSvg()],
  [new URL("person-from-behind.png", folder), personSvg({ face: false })],
  [
    new URL("person-turned.png", folder),
    svg(
      `${definitions}${wall()}<g transform="translate(500 0) scale(0.42 1) translate(-500 0)">${figure()}</g>`,
    ),
  ],
  [
    new URL("two-people.png", folder),
    svg(
      `${definitions}${
        wall(1500)
      }<g transform="translate(-120 0)">${figure()}</g><g transform="translate(580 0)">${
        figure({ top: "#3c6e47" })
      }</g>`,
      1500,
    ),
  ],
  [new URL("t-shirt-plain.png", folder), garmentSvg("t-shirt", { fill: "#2f6f73" })],
  [
    new URL("t-shirt-striped.png", folder),
    garmentSvg("t-shirt", { fill: "#23395b", pattern: "stripes", ground: "grey" }),
  ],
  [new URL("long-sleeve.png", folder), garmentSvg("long-sleeve", { fill: "#c4672f" })],
  [new URL("tank-top.png", folder), garmentSvg("tank-top", { fill: "#d8c24a" })],
  [new URL("hoodie.png", folder), garmentSvg("hoodie", { fill: "#5a5f6b" })],
  [new URL("t-shirt-cream.png", folder), garmentSvg("t-shirt", { fill: "#f3ead6" })],
  [
    new URL("t-shirt-busy-ground.png", folder),
    garmentSvg("t-shirt", { fill: "#1d4e89", ground: "busy" }),
  ],
  [
    new URL("hoodie-busy-ground.png", folder),
    garmentSvg("hoodie", { fill: "#3b6e4f", ground: "busy" }),
  ],
  [
    new URL("tank-top-busy-ground.png", folder),
    garmentSvg("tank-top", { fill: "#e8e2d4", ground: "busy" }),
  ],
];

for (const [file, drawing] of pictures) {
  await sharp(new TextEncoder().encode(drawing)).png({ compressionLevel: 9 }).toFile(file.pathname);
}
await sharp(badge()).png({ compressionLevel: 9 }).toFile(new URL("badge.png", demo).pathname);
await sharp(neon()).png({ compressionLevel: 9 }).toFile(new URL("neon.png", demo).pathname);
const person = sharp(new TextEncoder().encode(personSvg()));
await person.clone().extract({ left: 0, top: 0, width: 1000, height: 700 }).png().toFile(
  new URL("person-hips-out.png", folder).pathname,
);
await person.clone().extract({ left: 345, top: 0, width: 310, height: 1300 }).png().toFile(
  new URL("person-elbows-out.png", folder).pathname,
);
