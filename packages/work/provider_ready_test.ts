import assert from "node:assert/strict";
import { Problem } from "../database/problem.ts";
import { ProviderError } from "../predictions/provider_error.ts";
import { providerReadiness } from "./provider_ready.ts";

const unknown = new ProviderError("provider_refused", "404", { transient: false });
const down = new ProviderError("provider_unavailable", "503", {
  transient: true,
  retryAfterSeconds: 9,
});

/** A provider that fails with the errors in turn, and a clock that the test moves. */
function scene(...errors: Error[]) {
  const state = { asked: 0, now: 0 };
  const get = () => Promise.reject(errors[Math.min(state.asked++, errors.length - 1)]);
  return { state, ensureReady: providerReadiness(() => ({ get }), 1000, () => state.now) };
}

Deno.test("a provider that does not know the prediction answers, and is believed for a while", async () => {
  const { state, ensureReady } = scene(unknown);
  await ensureReady();
  state.now = 999;
  await ensureReady();
  assert.equal(state.asked, 1);
  state.now = 1000;
  await ensureReady();
  assert.equal(state.asked, 2);
});

Deno.test("a provider that is down is 503 with its pause, and asked again at the next call", async () => {
  const { state, ensureReady } = scene(down, unknown);
  await assert.rejects(ensureReady(), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.status, error.code, error.retryAfterSeconds], [
      503,
      "provider_unavailable",
      9,
    ]);
    return true;
  });
  await ensureReady();
  assert.equal(state.asked, 2);
});

Deno.test("a fault of ours is not blamed on the provider", async () => {
  const { ensureReady } = scene(new TypeError("ours"));
  await assert.rejects(ensureReady(), TypeError);
});

Deno.test("a provider that is not configured is one that is down", async () => {
  const ensureReady = providerReadiness(() => {
    throw new ProviderError("provider_unavailable", "unset", { transient: false });
  });
  await assert.rejects(ensureReady(), { status: 503, code: "provider_unavailable" });
});
