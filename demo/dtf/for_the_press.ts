import { done } from "../guest.ts";
import { sideBySide } from "../side_by_side.ts";
import { fileAt, finished, receiptOf, uploadPicture } from "./picture.ts";
import type { Cast } from "./scenario.ts";

/** The shirt that it is printed on. */
const shirt = "#1c2733";

/** Light on black is made ready for a dark shirt: black goes, the glow becomes dots, white goes under it. */
export async function forThePress({ step, alex, root, out }: Cast): Promise<void> {
  const { images, operations } = alex.tessera;
  const file = `${root}/demo/neon.png`;
  const { image_id } = await uploadPicture(alex, file);
  const chain = await step("Black out, glow to dots, white under it", async () => {
    const begun = done(
      await operations.upscale.start({
        image_id,
        scale: 2,
        then: [
          { operation: "color_knockout", options: { tolerance: 12, softness: 240 } },
          { operation: "halftone", options: { cell: 7 } },
          { operation: "underbase", options: { choke: 1, shirt } },
        ],
      }),
    );
    const ended = await finished(alex, begun);
    return [ended, receiptOf(ended)];
  });
  await step("The sheet for the press", async () => {
    const [, knockedOut, dots, white] = chain.operations;
    const [black, dotted, layer, preview] = await Promise.all(
      [knockedOut?.result_url, dots?.result_url, white?.result_url, white?.preview_url].map(fileAt),
    );
    const cover = Math.round(Number(white?.measures?.["coverage"]) * 100);
    const shown = [
      { picture: file, caption: "As it came, on black" },
      { picture: black!, caption: "Black knocked out", ground: "squares" },
      { picture: dotted!, caption: "The glow as dots", ground: "squares" },
      { picture: layer!, caption: `The white layer: ${cover} % of it`, ground: shirt },
      { picture: preview!, caption: "On the shirt" },
    ];
    const part = { left: 0.12, top: 0.72, size: 0.2 };
    const close = shown.map(({ caption: _, ...each }) => ({ ...each, part }));
    await Deno.writeFile(`${out}/dtf-press.png`, await sideBySide([shown, close], 400));
    return [undefined, "out/dtf-press.png"];
  });
  await step("The colours as a file for the printer", async () => {
    const print = done(await images.download({ image_id, format: "png", dpi: 300 }));
    await Deno.writeFile(`${out}/dtf-${print.filename}`, await fileAt(print.url));
    return [undefined, `${print.filename}: ${print.print_width_cm} cm at ${print.dpi} dpi`];
  });
}
