import assert from "node:assert/strict";
import { done } from "../guest.ts";
import { sideBySide } from "../side_by_side.ts";
import { fileAt, finished, receiptOf, uploadPicture } from "./picture.ts";
import type { Cast } from "./scenario.ts";

/** A small picture on white becomes a large one without a ground, and a drawing. */
export async function preparing({ step, alex, root, out }: Cast): Promise<void> {
  const { images, operations } = alex.tessera;
  const file = `${root}/demo/badge.png`;
  const image = await step("The picture is uploaded and looked at", async () => {
    const seen = await uploadPicture(alex, file);
    return [
      seen,
      `${seen.type}, ${seen.width} × ${seen.height} px: ${seen.print_width_cm} cm at ${seen.dpi} dpi`,
    ];
  });
  const chain = await step("Upscale, background removal, vectorise", async () => {
    const begun = done(
      await operations.upscale.start({
        image_id: image.image_id,
        scale: 2,
        then: [
          { operation: "background_removal" },
          { operation: "vectorize", options: { colours: 5 } },
        ],
      }),
    );
    assert.equal(begun.credits_held, 4);
    const ended = await finished(alex, begun);
    return [ended, receiptOf(ended)];
  });
  await step("Before and after", async () => {
    const [large, cut, drawing] = await Promise.all(
      chain.operations.map(({ result_url }) => fileAt(result_url)),
    );
    const { paths, colours } = chain.operations[2]?.measures as {
      paths: number;
      colours: string[];
    };
    const drawn = `${paths} paths in ${colours.length} colours`;
    await Deno.writeFile(`${out}/dtf-badge.svg`, drawing!);
    const shown = [
      { picture: file, caption: `As it came: ${image.width} × ${image.height}` },
      { picture: large!, caption: "Twice as large" },
      { picture: cut!, caption: "Without its ground", ground: "squares" },
      { picture: drawing!, caption: drawn, ground: "squares" },
    ];
    const part = { left: 0.24, top: 0.82, size: 0.15 };
    const close = shown.map(({ caption: _, ...each }) => ({ ...each, part }));
    await Deno.writeFile(`${out}/dtf-badge.png`, await sideBySide([shown, close], 420));
    return [undefined, `out/dtf-badge.png and .svg: ${drawn}`];
  });
  await step("The drawing is downloaded to print", async () => {
    const print = done(await images.download({ image_id: image.image_id, format: "svg" }));
    const svg = new TextDecoder().decode(await fileAt(print.url));
    assert.match(svg, /^<svg /);
    return [undefined, `${print.filename}, ${print.print_width_cm} cm, ${svg.length} bytes`];
  });
}
