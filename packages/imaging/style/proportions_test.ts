import assert from "node:assert/strict";
import { measure } from "../body.ts";
import type { Pose } from "../pose.ts";
import { emptyMask, type Mask } from "../raster.ts";
import { proportionsOf } from "./proportions.ts";
import { shapeOf } from "./shape.ts";

const picture = { width: 400, height: 800, rgb: new Uint8Array(0) };
const at = (x: number, y: number, score = 0.9) => ({ x, y, score });

/** A person of 400 × 800: shoulders 100 apart at 200, hips 60 apart at 400, ankles at 720. */
const pose: Pose = {
  nose: at(200, 130),
  left_eye: at(215, 120),
  right_eye: at(185, 120),
  left_ear: at(230, 125),
  right_ear: at(170, 125),
  left_shoulder: at(250, 200),
  right_shoulder: at(150, 200),
  left_elbow: at(280, 290),
  right_elbow: at(120, 290),
  left_wrist: at(290, 370),
  right_wrist: at(110, 370),
  left_hip: at(230, 400),
  right_hip: at(170, 400),
  left_knee: at(230, 560),
  right_knee: at(170, 560),
  left_ankle: at(230, 720),
  right_ankle: at(170, 720),
};

/** A silhouette as wide as said at chest, waist and hips. */
function silhouette(chest: number, waist: number, hip: number): Mask {
  const mask = emptyMask(400, 800);
  for (let y = 190; y < 740; y++) {
    const height = (y - 200) / 200;
    const width = height < 0.43 ? chest : height < 0.88 ? waist : hip;
    for (let x = Math.round(200 - width / 2); x < 200 + width / 2; x++) {
      mask.values[y * 400 + x] = 1;
    }
  }
  return mask;
}

const of = (mask: Mask, change: Partial<Pose> = {}) =>
  proportionsOf(picture, measure({ ...pose, ...change }), mask);

Deno.test("known lengths and widths give their ratios", () => {
  const { shape, ...measures } = of(silhouette(110, 80, 100));
  const values = Object.fromEntries(
    Object.entries(measures).map(([name, { value }]) => [name, value]),
  );
  assert.equal(values["shoulder_to_hip"], 1.667);
  assert.equal(values["shoulder_to_torso"], 0.5);
  assert.equal(values["leg_to_torso"], 1.6);
  assert.ok(Math.abs(values["chest_to_hip"]! - 1.1) < 0.02);
  assert.ok(Math.abs(values["waist_to_hip"]! - 0.8) < 0.02);
  assert.equal(shape?.name, "inverted_triangle");
  for (const { confidence, unit } of Object.values(measures)) {
    assert.deepEqual([confidence, unit], [0.9, "ratio"]);
  }
});

Deno.test("a width that an arm or the picture's edge hides is not measured", () => {
  const arms = silhouette(110, 80, 100);
  for (let y = 280; y < 480; y++) arms.values.fill(1, y * 400 + 90, y * 400 + 310);
  assert.equal(of(arms).shape, null);
  const oneArm = silhouette(110, 80, 100);
  for (let y = 240; y < 480; y++) oneArm.values.fill(1, y * 400 + 200, y * 400 + 310);
  assert.ok(Math.abs(of(oneArm).waist_to_hip!.value - 0.8) < 0.03);
  assert.equal(of(silhouette(400, 400, 400)).chest_to_hip, undefined);
});

Deno.test("without hips nothing is measured, without ankles no legs", () => {
  const mask = silhouette(110, 80, 100);
  assert.deepEqual(of(mask, { left_hip: at(230, 400, 0.1) }), { shape: null });
  assert.deepEqual(of(mask, { left_hip: at(230, 801) }), { shape: null });
  assert.equal(of(mask, { left_ankle: at(230, 720, 0.1) }).leg_to_torso, undefined);
});

const figures: [chest: number, waist: number, name: string][] = [
  [1, 0.7, "hourglass"],
  [1.05, 0.78, "hourglass"],
  [1, 0.85, "rectangle"],
  [0.85, 0.75, "triangle"],
  [1.2, 0.95, "inverted_triangle"],
  [1, 1.1, "oval"],
];
for (const [chest, waist, name] of figures) {
  Deno.test(`a chest of ${chest} and a waist of ${waist} hips is ${name}`, () => {
    assert.equal(shapeOf(chest, waist, 1).name, name);
  });
}

Deno.test("where two shapes meet, the shape is less sure", () => {
  assert.ok(shapeOf(0.9, 0.8, 1).confidence < 0.7 * shapeOf(0.75, 0.7, 1).confidence);
  assert.equal(shapeOf(0.75, 0.7, 0).confidence, 0);
});
