import assert from "node:assert/strict";
import { attempt } from "../jobs/fakes.ts";
import { cancelHandler } from "./cancel.ts";
import { ProviderError } from "./provider_error.ts";

const payload = { prediction_id: "p", provider: "replicate", provider_prediction_id: "r1" };

/** A provider that keeps whom it was asked to cancel, or fails. */
function scene(failure?: ProviderError) {
  const canceled: string[] = [];
  const cancel = (id: string) => {
    if (failure) return Promise.reject(failure);
    canceled.push(id);
    return Promise.resolve();
  };
  const handler = cancelHandler((name) => name === "replicate" ? { cancel } : undefined);
  return {
    canceled,
    run: (change = {}) => attempt(handler, { payload: { ...payload, ...change } }),
  };
}

Deno.test("a prediction that was given up is cancelled at its provider", async () => {
  const { canceled, run } = scene();
  assert.deepEqual(await run(), { done: { outcome: "canceled" } });
  assert.deepEqual(canceled, ["r1"]);
});

Deno.test("the prediction of a provider that nobody knows any more is left alone", async () => {
  const { canceled, run } = scene();
  assert.deepEqual(await run({ provider: "bygone" }), { done: { outcome: "unknown_provider" } });
  assert.deepEqual(canceled, []);
});

Deno.test("a provider that is down is told later", async () => {
  const down = new ProviderError("provider_unavailable", "503", { transient: true });
  assert.deepEqual(await scene(down).run(), { retry: "503" });
});

Deno.test("without a provider it waits for one", async () => {
  const handler = cancelHandler(() => {
    throw new ProviderError("provider_unavailable", "unset", { transient: false });
  });
  assert.deepEqual(await attempt(handler, { payload }), { retry: "unset" });
});
