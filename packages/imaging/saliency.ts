import ort from "onnxruntime-node";
import sharp from "sharp";
import { models } from "./models.ts";
import { type Mask, type Picture, resizeMask } from "./raster.ts";

const side = 320;
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/**
 * What stands out of a picture, 0 to 1 (U²-Net: Qin et al., Pattern Recognition 106, 2020). The model was trained on ImageNet's
 * normalisation, and its output is stretched to 0 to 1 as its authors do.
 */
export async function salientMask(picture: Picture): Promise<Mask> {
  const { width, height, rgb } = picture;
  const small = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: "fill" }).raw().toBuffer();
  const input = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) {
      input[c * side * side + i] = (small[i * 3 + c]! / 255 - mean[c]!) / deviation[c]!;
    }
  }
  const { saliency } = await models();
  const outputs = await saliency.run({
    [saliency.inputNames[0]!]: new ort.Tensor("float32", input, [1, 3, side, side]),
  });
  const raw = outputs[saliency.outputNames[0]!]!.data as Float32Array;
  let [low, high] = [Infinity, -Infinity];
  for (const value of raw) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const values = raw.map((value) => (value - low) / Math.max(high - low, 1e-6));
  return resizeMask({ width: side, height: side, values }, width, height);
}
