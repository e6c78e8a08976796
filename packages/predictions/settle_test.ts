import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { FakeKind } from "./fake_kind.ts";
import type { PredictionDeps } from "./kind.ts";
import type { Prediction } from "./prediction.ts";
import { settle } from "./settle.ts";

const id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";

/** Settles a prediction; returns what the kernel was told of its cost. */
async function costs(prediction: Omit<Prediction, "id">): Promise<unknown[]> {
  const database = fakeDatabase({ record_prediction_cost: () => null });
  const deps = { db: database.as(serviceCaller) } as PredictionDeps;
  await settle(new FakeKind(), deps, id, { id: "p1", ...prediction });
  return database.calls.map(({ args }) => args["cost_micros"]);
}

Deno.test("what a provider charges is kept, whether or not there is a result", async () => {
  const output = { image: "https://x/r.png", engine: "x" };
  assert.deepEqual(await costs({ state: "succeeded", output, costMicros: 3120 }), [3120]);
  assert.deepEqual(await costs({ state: "failed", costMicros: 0 }), [0]);
});

Deno.test("a cost that is not known is not made up", async () => {
  assert.deepEqual(await costs({ state: "failed" }), []);
});
