import assert from "node:assert/strict";
import { failureForPeople } from "./failure.ts";

Deno.test("an engine's own reason is kept as it says it", () => {
  const failure = { code: "several_people", message: "There are several people in the picture." };
  assert.deepEqual(failureForPeople(failure), failure);
});

Deno.test("a provider's internals are not shown", () => {
  for (
    const code of ["pipeline_error", "provider_refused", "output_invalid", "prediction_failed"]
  ) {
    const { code: ours, message } = failureForPeople({ code, message: "CUDA error at 0x7f" });
    assert.equal(ours, "prediction_failed");
    assert.doesNotMatch(message, /CUDA/);
  }
});

Deno.test("a provider's names become ours", () => {
  assert.equal(failureForPeople({ code: "pose_error", message: "x" }).code, "person_not_found");
  assert.equal(failureForPeople({ code: "image_load_error", message: "x" }).code, "picture_broken");
});

Deno.test("a code without a word gets a sentence", () => {
  assert.deepEqual(failureForPeople({ code: "odd", message: "  " }), {
    code: "odd",
    message: "It could not be done.",
  });
});
