import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo } from "../drawing/artwork.ts";
import { engineModels } from "../engine_models.ts";
import { requestSchema } from "../protocol/request.ts";
import { printModels } from "./models.ts";

const limits = { maxImageBytes: 20 * 1024 * 1024 };
// Threads and the model outlive a test.
const shared = { sanitizeOps: false, sanitizeResources: false };
const names = Object.keys(printModels) as (keyof typeof printModels)[];

/** What a client may say to a model, as the engine reads it. */
function asked(name: keyof typeof printModels, said: Record<string, unknown> = {}) {
  const input = { image: "data:image/png;base64,", ...said };
  return requestSchema(engineModels[name]).parse({ input }).input.options;
}

for (const name of names) {
  Deno.test(`${name} makes its files of a drawing when it is told nothing`, shared, async () => {
    const image = await sharp(document(flatLogo(), "#ffffff", 400, 300)).png().toBuffer();
    const { files = {}, output } = await printModels[name]({ image }, limits, asked(name));
    const { format, width } = await sharp(files["image"]!.bytes).metadata();
    assert.equal(format, name === "tessera/vectorize" ? "svg" : "png");
    assert.equal(width, name === "tessera/upscale" ? 800 : 400);
    assert.equal("preview" in files, name === "tessera/underbase");
    assert.equal(output["engine"], "local");
    assert.equal(
      (output["measures"] as { width: number }).width,
      name === "tessera/upscale" ? 800 : 400,
    );
  });

  Deno.test(`${name} refuses what is no picture`, async () => {
    const image = new TextEncoder().encode("<svg><script/></svg>");
    await assert.rejects(printModels[name]({ image }, limits, asked(name)), {
      code: "not_a_picture",
    });
  });
}

Deno.test("options that a model does not have, or beyond their bounds, are refused", () => {
  for (
    const [name, said] of [
      ["tessera/upscale", { scale: 3 }],
      ["tessera/upscale", { colours: 3 }],
      ["tessera/vectorize", { colours: 33 }],
      ["tessera/underbase", { choke: -1 }],
      ["tessera/color-knockout", { colour: "black" }],
      ["tessera/halftone", { cell: 0 }],
    ] as const
  ) assert.throws(() => asked(name, said), { name: "ZodError" });
});
