import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { eventually } from "../harness/eventually.ts";
import { newUser } from "../harness/platform.ts";
import { download, fetched, namesIn, thumbnailOf, uploadedPicture } from "./gallery.ts";

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
