import { findPose, type KeyPoint, type Pose, torsoScore } from "./pose.ts";
import { between, distance, type Mask, type Picture, type Point } from "./raster.ts";
import { Refusal } from "./refusal.ts";

/** A frontal person, measured. Left and right are the picture's, not the person's. */
export interface Body {
  pose: Pose;
  shoulders: { left: Point; right: Point; middle: Point; width: number };
  hips: { left: Point; right: Point; middle: Point };
  arms: { left: [elbow: Point, wrist: Point]; right: [elbow: Point, wrist: Point] };
  /** Middle of the shoulders to middle of the hips, in pixels. */
  torsoLength: number;
  /** Below it the head ends. */
  chin: Point;
  /** Mean score of the key points that the work rests on. */
  confidence: number;
}

/**
 * Finds the key points of the one person of a picture, who shows their face.
 * @throws Refusal person_not_found, person_from_behind, face_not_visible, several_people.
 */
export async function findPerson(picture: Picture): Promise<Pose> {
  const pose = await findPose(picture);
  const { left_shoulder, right_shoulder, nose } = pose;
  if ((left_shoulder.score + right_shoulder.score) / 2 < 0.3) {
    throw new Refusal("person_not_found", "No person can be seen in the picture.");
  }
  // In a frontal picture the person's left is on the right.
  if (left_shoulder.x < right_shoulder.x) {
    throw new Refusal("person_from_behind", "The person must face the camera.");
  }
  if (faceScore(pose) < 0.25 || outside(picture, nose)) {
    throw new Refusal("face_not_visible", "The person's face must be in the picture, uncovered.");
  }
  if (await someoneElse(picture, pose)) {
    throw new Refusal("several_people", "Only one person may be in the picture.");
  }
  return pose;
}

/** Whether a key point cannot be relied on: it lies beyond the picture, or its score is below `least`. */
export function lost(picture: Picture, point: KeyPoint, least: number): boolean {
  return point.score < least || outside(picture, point);
}

function outside({ width, height }: Picture, { x, y }: Point): boolean {
  return x < 0 || y < 0 || x > width || y > height;
}

/** The refusal of a person who stands sideways. */
export function turned(): Refusal {
  return new Refusal(
    "person_turned",
    "The person must stand straight towards the camera, not turned to a side.",
  );
}

/**
 * A person's shoulders against their torso below which they are turned; set on drawn people and portraits.
 */
export const leastFrontalWidth = 0.42;

/**
 * Finds the one person of a picture and refuses those that the work cannot be done on.
 * @throws Refusal as findPerson does, and person_turned, hips_out_of_frame, elbows_out_of_frame.
 */
export async function findBody(picture: Picture): Promise<Body> {
  const pose = await findPerson(picture);
  if (lost(picture, pose.left_hip, 0.25) || lost(picture, pose.right_hip, 0.25)) {
    throw new Refusal(
      "hips_out_of_frame",
      "The picture must show the person down to below the hips.",
    );
  }
  const body = measure(pose);
  if (body.shoulders.width < leastFrontalWidth * body.torsoLength) throw turned();
  if (lost(picture, pose.left_elbow, 0.4) || lost(picture, pose.right_elbow, 0.4)) {
    throw new Refusal(
      "elbows_out_of_frame",
      "Both arms must be in the picture, down to below the elbows.",
    );
  }
  return body;
}

function faceScore({ nose, left_eye, right_eye }: Pose): number {
  return (nose.score + left_eye.score + right_eye.score) / 3;
}

/** Measures a pose; without hips in the picture only what lies above them means something. */
export function measure(pose: Pose): Body {
  const { nose, left_eye, right_eye } = pose;
  const [left, right] = [pose.right_shoulder, pose.left_shoulder];
  const middle = between(left, right, 0.5);
  const hips = {
    left: pose.right_hip,
    right: pose.left_hip,
    middle: between(pose.right_hip, pose.left_hip, 0.5),
  };
  const eyes = between(left_eye, right_eye, 0.5);
  const width = distance(left, right);
  // Below the tip of the nose the face goes on for about the distance of the eyes and a third (Farkas, 1994).
  const below = Math.max(1.33 * distance(left_eye, right_eye), 2.2 * (nose.y - eyes.y));
  const chinY = Math.min(nose.y + below, middle.y - 0.12 * width);
  const used = [
    nose,
    left_eye,
    right_eye,
    left,
    right,
    pose.left_elbow,
    pose.right_elbow,
    pose.left_hip,
    pose.right_hip,
  ];
  return {
    pose,
    shoulders: { left, right, middle, width },
    hips,
    arms: {
      left: [pose.right_elbow, wristOf(pose, "right")],
      right: [pose.left_elbow, wristOf(pose, "left")],
    },
    torsoLength: distance(middle, hips.middle),
    chin: { x: nose.x, y: chinY },
    confidence: used.reduce((sum, { score }) => sum + score, 0) / used.length,
  };
}

/** The wrist, or where it would be when it cannot be seen: a forearm is as long as the upper arm. */
function wristOf(pose: Pose, side: "left" | "right"): Point {
  const [shoulder, elbow, wrist] = [
    pose[`${side}_shoulder`],
    pose[`${side}_elbow`],
    pose[`${side}_wrist`],
  ];
  return wrist.score >= 0.2 ? wrist : { x: 2 * elbow.x - shoulder.x, y: 2 * elbow.y - shoulder.y };
}

/** Whether another person is seen when the first is painted over from top to bottom. */
async function someoneElse({ width, height, rgb }: Picture, pose: Pose): Promise<boolean> {
  const xs = Object.values(pose).filter(({ score }) => score > 0.3).map(({ x }) => x);
  const margin = 0.12 * (Math.max(...xs) - Math.min(...xs));
  const [from, to] = [
    Math.max(0, Math.floor(Math.min(...xs) - margin)),
    Math.min(width, Math.ceil(Math.max(...xs) + margin)),
  ];
  if (to - from > 0.85 * width) return false;
  const rest = rgb.slice();
  for (let y = 0; y < height; y++) rest.fill(127, (y * width + from) * 3, (y * width + to) * 3);
  const other = await findPose({ width, height, rgb: rest });
  return torsoScore(other) > 0.4 && faceScore(other) > 0.3;
}

/** The part of row `y` around `x` that is set, or null where it is not. */
export function runAt(
  { width, height, values }: Mask,
  x: number,
  y: number,
): { left: number; right: number } | null {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  if (cy < 0 || cy >= height || cx < 0 || cx >= width || values[cy * width + cx]! < 0.5) {
    return null;
  }
  let [left, right] = [cx, cx];
  while (left > 0 && values[cy * width + left - 1]! >= 0.5) left--;
  while (right < width - 1 && values[cy * width + right + 1]! >= 0.5) right++;
  return { left, right };
}
