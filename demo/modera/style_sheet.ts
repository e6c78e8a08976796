import { Buffer } from "node:buffer";
import sharp from "sharp";

interface Swatch {
  name: string;
  hex: string;
}

const [width, height, row] = [620, 900, 64];

/** A photo beside the colours that were found on it and those that suit, as one PNG. */
export async function styleSheet(
  photo: string,
  groups: readonly (readonly [title: string, swatches: readonly Swatch[]])[],
): Promise<Uint8Array> {
  const person = await sharp(photo).flatten({ background: "white" }).resize({ height }).png()
    .toBuffer({ resolveWithObject: true });
  const colours = Buffer.from(svgOf(groups));
  return await sharp({
    create: {
      width: person.info.width + width,
      height,
      channels: 3,
      background: "white",
    },
  }).composite([
    { input: person.data, left: 0, top: 0 },
    { input: colours, left: person.info.width, top: 0 },
  ]).png({ compressionLevel: 9 }).toBuffer();
}

function svgOf(groups: Parameters<typeof styleSheet>[1]): string {
  const rows = groups.map(([title, swatches], at) => {
    const y = 70 + at * 2 * row;
    const each = swatches.slice(0, 6).map(({ name, hex }, n) =>
      `<rect x="${40 + n * 90}" y="${y}" width="80" height="50" rx="6" fill="${hex}"/>` +
      `<text x="${40 + n * 90}" y="${y + 68}" font-size="12">${name.slice(0, 13)}</text>`
    );
    return `<text x="40" y="${y - 12}" font-size="18">${title}</text>${each.join("")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif">${
    rows.join("")
  }</svg>`;
}
