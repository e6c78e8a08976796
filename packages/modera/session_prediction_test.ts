import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { fakeDatabase } from "../http/fakes.ts";
import type { PredictionDeps } from "../predictions/kind.ts";
import type { Storage } from "../storage/storage.ts";
import { tryOnPrediction } from "./try_on_prediction.ts";

const user = "0f0e0d0c-0b0a-4908-8706-050403020100";
const id = "11111111-2222-4333-8444-555555555555";

const submission = {
  subject_id: id,
  user_id: user,
  inputs: {
    person_image: { path: `${user}/me.png`, state: "intact" },
    garment_image: { path: `${user}/shirt.png`, state: "intact" },
  },
  models: { fashn: "tryon-v1.6" },
  state: "active",
  provider: null,
  provider_prediction_id: null,
};

/** A try-on as SQL tells it, Storage that keeps what happens to it, and a provider's picture. */
function scene(change: Record<string, Json> = {}, late = false) {
  const stored: string[] = [];
  const database = fakeDatabase({
    prediction_submission: () => ({ ...submission, ...change }),
    complete_prediction: () => ({ late }),
    fail_prediction: () => ({}),
    mark_prediction_submitted: () => ({}),
  });
  const storage = {
    from: (bucket: string) => ({
      createSignedUrl: (path: string) =>
        Promise.resolve({ data: { signedUrl: `https://files/${bucket}/${path}` }, error: null }),
      upload: (path: string) => {
        stored.push(`+${bucket}/${path}`);
        return Promise.resolve({ data: {}, error: null });
      },
      remove: (paths: string[]) => {
        stored.push(...paths.map((path) => `-${bucket}/${path}`));
        return Promise.resolve({ data: [], error: null });
      },
    }),
  } as unknown as Storage;
  const deps: PredictionDeps = {
    db: database.as(serviceCaller),
    storage,
    download: () => Promise.resolve({ bytes: new Uint8Array(1), mimeType: "image/jpeg" }),
    downloadArtwork: () => Promise.reject(new Error("not asked for")),
  };
  return { deps, stored, calls: () => database.calls.map(({ name, args }) => ({ name, args })) };
}

const output = { image: "https://provider/out.jpg", engine: "local-preview", quality_score: 0.8 };

Deno.test("the provider gets signed addresses of the two pictures", async () => {
  const { deps } = scene();
  assert.deepEqual(await tryOnPrediction.submission(deps, id), {
    input: {
      person_image: `https://files/modera-inputs/${user}/me.png`,
      garment_image: `https://files/modera-inputs/${user}/shirt.png`,
    },
    models: { fashn: "tryon-v1.6" },
  });
});

Deno.test("what was asked is polled, what has ended is left alone", async () => {
  const asked = scene({ provider_prediction_id: "p1", state: "processing" });
  assert.deepEqual(await tryOnPrediction.submission(asked.deps, id), {
    input: {},
    models: { fashn: "tryon-v1.6" },
    providerPredictionId: "p1",
  });
  const ended = scene({ provider_prediction_id: "p1", state: "expired" });
  assert.deepEqual(await tryOnPrediction.submission(ended.deps, id), {
    done: true,
    providerPredictionId: "p1",
  });
});

Deno.test("a picture that was replaced or deleted fails the try-on before anybody is asked", async () => {
  for (const state of ["changed", "missing"]) {
    const { deps, calls } = scene({
      inputs: { garment_image: { path: `${user}/shirt.png`, state } },
    });
    assert.deepEqual(await tryOnPrediction.submission(deps, id), { done: true });
    const failed = calls().find(({ name }) => name === "fail_prediction");
    assert.equal(failed?.args["code"], `input_${state}`);
  }
});

Deno.test("a result is stored in its owner's folder before it is charged", async () => {
  const { deps, stored, calls } = scene({ state: "processing" });
  await tryOnPrediction.succeeded(deps, id, output);
  assert.deepEqual(stored, [`+modera-results/${user}/${id}.jpg`]);
  assert.deepEqual(calls().at(-1), {
    name: "complete_prediction",
    args: {
      prediction_id: id,
      result_path: `${user}/${id}.jpg`,
      output: { engine: "local-preview", quality_score: 0.8 },
    },
  });
});

Deno.test("a result that comes after the end is recorded and not stored", async () => {
  const { deps, stored, calls } = scene({ state: "expired" }, true);
  await tryOnPrediction.succeeded(deps, id, output);
  assert.deepEqual(stored, []);
  assert.equal(calls().at(-1)?.args["result_path"], null);
});

Deno.test("a result that loses the race against the end is taken out of Storage again", async () => {
  const { deps, stored } = scene({ state: "processing" }, true);
  await tryOnPrediction.succeeded(deps, id, output);
  const file = `modera-results/${user}/${id}.jpg`;
  assert.deepEqual(stored, [`+${file}`, `-${file}`]);
});

Deno.test("a failure is told in MODERA's words", async () => {
  const { deps, calls } = scene();
  await tryOnPrediction.failed(deps, id, "pose_error", "0x1f");
  assert.deepEqual(calls().at(-1)?.args, {
    prediction_id: id,
    code: "person_not_found",
    message: "No person, or no clear pose, was found in the picture.",
  });
});
