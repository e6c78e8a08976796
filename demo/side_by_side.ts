import sharp from "sharp";

const height = 900;
const gap = 24;

/** Person, garment and result next to each other on white, as one PNG. */
export async function sideBySide(files: (string | Uint8Array)[]): Promise<Uint8Array> {
  const pictures = await Promise.all(
    files.map((file) =>
      sharp(file).flatten({ background: "white" }).resize({ height }).png().toBuffer({
        resolveWithObject: true,
      })
    ),
  );
  const width = pictures.reduce((sum, { info }) => sum + info.width + gap, gap);
  let left = gap;
  const layers = pictures.map(({ data, info }) => {
    const layer = { input: data, left, top: gap };
    left += info.width + gap;
    return layer;
  });
  return await sharp({
    create: { width, height: height + 2 * gap, channels: 3, background: "white" },
  })
    .composite(layers).png({ compressionLevel: 9 }).toBuffer();
}
