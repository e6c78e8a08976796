import assert from "node:assert/strict";
import { predictNow } from "./predict_now.ts";
import type { Prediction, PredictionState } from "./prediction.ts";

/** A provider whose prediction passes through these states, one a call. */
function passing(...states: PredictionState[]) {
  const calls: string[] = [];
  const next = (call: string): Promise<Prediction> => {
    calls.push(call);
    const state = states.length > 1 ? states.shift()! : states[0]!;
    const output = { engine: "local", image: "https://x/y.png" };
    const failure = { code: "picture_broken", message: "It is damaged." };
    return Promise.resolve({
      id: "p",
      state,
      ...(state === "succeeded" ? { output } : state === "failed" ? { failure } : {}),
    });
  };
  const provider = {
    create: () => next("create"),
    get: () => next("get"),
    cancel: () => Promise.resolve(void calls.push("cancel")),
  };
  return { provider, calls };
}

const request = { operation: "rendition", input: {} };

Deno.test("what takes little time is waited for", async () => {
  const { provider, calls } = passing("starting", "processing", "succeeded");
  assert.equal((await predictNow(provider, request)).image, "https://x/y.png");
  assert.deepEqual(calls, ["create", "get", "get"]);
});

Deno.test("what is there at once is not asked about", async () => {
  const { provider, calls } = passing("succeeded");
  await predictNow(provider, request);
  assert.deepEqual(calls, ["create"]);
});

Deno.test("a failure keeps its code, and no other try helps", async () => {
  const { provider } = passing("starting", "failed");
  await assert.rejects(predictNow(provider, request), { code: "picture_broken", transient: false });
});

Deno.test("what is not there in time is given up, and may be tried again", async () => {
  const { provider, calls } = passing("processing");
  await assert.rejects(predictNow(provider, request, 120), {
    code: "provider_unavailable",
    transient: true,
  });
  assert.equal(calls.at(-1), "cancel");
});
