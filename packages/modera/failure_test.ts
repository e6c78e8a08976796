import assert from "node:assert/strict";
import { tryOnFailure } from "./failure.ts";

Deno.test("an engine's own reason is kept as it says it", () => {
  const failure = { code: "several_people", message: "There are several people in the picture." };
  assert.deepEqual(tryOnFailure(failure), failure);
});

Deno.test("a provider's internals are not shown", () => {
  for (
    const code of ["pipeline_error", "provider_refused", "output_invalid", "prediction_failed"]
  ) {
    const { code: ours, message } = tryOnFailure({ code, message: "CUDA error at 0x7f" });
    assert.equal(ours, "prediction_failed");
    assert.doesNotMatch(message, /CUDA/);
  }
});

Deno.test("a provider's names become ours", () => {
  assert.equal(tryOnFailure({ code: "pose_error", message: "x" }).code, "person_not_found");
  assert.equal(tryOnFailure({ code: "image_load_error", message: "x" }).code, "picture_broken");
});

Deno.test("a code without a word gets a sentence", () => {
  assert.deepEqual(tryOnFailure({ code: "odd", message: "  " }), {
    code: "odd",
    message: "The try-on failed.",
  });
});
