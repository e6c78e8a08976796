import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { models } from "./models.ts";
import type { Picture, Point } from "./raster.ts";

/** The names of MoveNet's key points, in its order; left is the person's left. */
const keyPointNames = [
  "nose",
  "left_eye",
  "right_eye",
  "left_ear",
  "right_ear",
  "left_shoulder",
  "right_shoulder",
  "left_elbow",
  "right_elbow",
  "left_wrist",
  "right_wrist",
  "left_hip",
  "right_hip",
  "left_knee",
  "right_knee",
  "left_ankle",
  "right_ankle",
] as const;

/** A key point and how sure the model is, 0 to 1. */
export interface KeyPoint extends Point {
  score: number;
}

/** A person's key points by name. */
export type Pose = Record<(typeof keyPointNames)[number], KeyPoint>;

interface Square {
  left: number;
  top: number;
  side: number;
}

const input = 192;

/** The key points of the person who stands out most; a second look at a crop around them is more exact than the first. */
export async function findPose(picture: Picture): Promise<Pose> {
  const side = Math.max(picture.width, picture.height);
  const whole = { left: (picture.width - side) / 2, top: (picture.height - side) / 2, side };
  const first = await look(picture, whole);
  const crop = around(first);
  if (!crop || crop.side > side * 0.9) return first;
  const second = await look(picture, crop);
  return torsoScore(second) >= torsoScore(first) * 0.8 ? second : first;
}

/** Mean score of shoulders and hips. */
export function torsoScore(pose: Pose): number {
  const { left_shoulder, right_shoulder, left_hip, right_hip } = pose;
  return (left_shoulder.score + right_shoulder.score + left_hip.score + right_hip.score) / 4;
}

async function look(picture: Picture, { left, top, side }: Square): Promise<Pose> {
  const { pose } = await models();
  const pixels = await crop(picture, { left, top, side });
  const tensor = tf.tensor4d(Int32Array.from(pixels), [1, input, input, 3], "int32");
  const output = pose.execute(tensor) as tf.Tensor;
  const values = await output.data();
  tf.dispose([tensor, output]);
  const points = keyPointNames.map((name, i) => [name, {
    x: left + values[i * 3 + 1]! * side,
    y: top + values[i * 3]! * side,
    score: values[i * 3 + 2]!,
  }]);
  return Object.fromEntries(points);
}

/** A square of the picture, grey where it reaches beyond it. */
async function crop({ width, height, rgb }: Picture, square: Square): Promise<Uint8Array> {
  const [left, top] = [Math.round(square.left), Math.round(square.top)];
  const side = Math.round(square.side);
  const inside = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(left + side, width),
    bottom: Math.min(top + side, height),
  };
  const cut = await sharp(rgb, { raw: { width, height, channels: 3 } }).extract({
    left: inside.left,
    top: inside.top,
    width: inside.right - inside.left,
    height: inside.bottom - inside.top,
  }).extend({
    left: inside.left - left,
    top: inside.top - top,
    right: left + side - inside.right,
    bottom: top + side - inside.bottom,
    background: { r: 127, g: 127, b: 127 },
  }).raw().toBuffer();
  return await sharp(cut, { raw: { width: side, height: side, channels: 3 } })
    .resize({ width: input, height: input, fit: "fill" }).raw().toBuffer();
}

/** A square around what was found, as MoveNet's own crops are made: 1.9 torsos to each side of the hips' middle. */
function around(pose: Pose): Square | null {
  const { left_shoulder, right_shoulder, left_hip, right_hip } = pose;
  if (torsoScore(pose) < 0.2) return null;
  const middle = { x: (left_hip.x + right_hip.x) / 2, y: (left_hip.y + right_hip.y) / 2 };
  const sure = Object.values(pose).filter(({ score }) => score > 0.2);
  const torso = Math.max(
    ...[left_shoulder, right_shoulder, left_hip, right_hip].map(({ x, y }) =>
      Math.max(Math.abs(x - middle.x), Math.abs(y - middle.y))
    ),
  );
  const body = Math.max(
    ...sure.map(({ x, y }) => Math.max(Math.abs(x - middle.x), Math.abs(y - middle.y))),
  );
  const half = Math.max(torso * 1.9, body * 1.2);
  return { left: middle.x - half, top: middle.y - half, side: 2 * half };
}
