import { type Body, lost, runAt } from "../body.ts";
import { distance, type Mask, median, type Picture } from "../raster.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** A proportion that was measured. */
export interface Measure {
  value: number;
  /** One length over another, of the picture. */
  unit: "ratio";
  /** 0 to 1. */
  confidence: number;
  /** What over what. */
  of: string;
}

/** Proportions by name; what could not be seen is not there. */
export interface Proportions {
  shoulder_to_hip?: Measure;
  shoulder_to_torso?: Measure;
  leg_to_torso?: Measure;
  arm_to_torso?: Measure;
  chest_to_hip?: Measure;
  waist_to_hip?: Measure;
  /** Null when chest, waist or hips could not be measured. */
  shape: Shape | null;
}

/**
 * Proportions of a frontal person: lengths between key points, and widths of the silhouette, clothes included. Nothing is measured in
 * centimetres: a picture has no scale.
 */
export function proportionsOf(picture: Picture, body: Body, mask: Mask): Proportions {
  const { pose, shoulders, hips, torsoLength } = body;
  const sure = (...names: (keyof typeof pose)[]) => {
    const points = names.map((name) => pose[name]);
    if (points.some((point) => lost(picture, point, 0.25))) return null;
    return Math.min(...points.map(({ score }) => score));
  };
  const hipScore = sure("left_shoulder", "right_shoulder", "left_hip", "right_hip");
  if (hipScore === null) return { shape: null };
  const between = (a: keyof typeof pose, b: keyof typeof pose) => distance(pose[a], pose[b]);
  const mean = (one: number, other: number) => (one + other) / 2;

  const legs = sure("left_hip", "right_hip", "left_ankle", "right_ankle");
  const arms = sure("left_elbow", "right_elbow", "left_wrist", "right_wrist");
  const legLength = mean(between("left_hip", "left_ankle"), between("right_hip", "right_ankle"));
  const armLength = mean(
    between("left_shoulder", "left_elbow") + between("left_elbow", "left_wrist"),
    between("right_shoulder", "right_elbow") + between("right_elbow", "right_wrist"),
  );
  const widths = widthsOf(body, mask);
  const trust = hipScore * widths.seen;
  const { chest, waist, hip } = widths;
  return {
    shoulder_to_hip: ratio(
      shoulders.width / distance(hips.left, hips.right),
      hipScore,
      "distance of the shoulder joints over that of the hip joints",
    ),
    shoulder_to_torso: ratio(
      shoulders.width / torsoLength,
      hipScore,
      "distance of the shoulder joints over shoulders to hips",
    ),
    ...(legs !== null && {
      leg_to_torso: ratio(legLength / torsoLength, legs, "hip to ankle over shoulders to hips"),
    }),
    ...(arms !== null && {
      arm_to_torso: ratio(
        armLength / torsoLength,
        arms,
        "shoulder to wrist over shoulders to hips",
      ),
    }),
    ...(chest && hip && {
      chest_to_hip: ratio(chest / hip, trust, "width of the chest over that of the hips"),
    }),
    ...(waist && hip && {
      waist_to_hip: ratio(waist / hip, trust, "width of the waist over that of the hips"),
    }),
    shape: chest && waist && hip ? shapeOf(chest / hip, waist / hip, trust) : null,
  };
}

function ratio(value: number, confidence: number, of: string): Measure {
  const thousandth = (number: number) => Math.round(number * 1000) / 1000;
  return { value: thousandth(value), unit: "ratio", confidence: thousandth(confidence), of };
}

interface Widths {
  chest: number | null;
  waist: number | null;
  hip: number | null;
  /** 0 to 1: the share of the heights at which the torso's edge was seen, not an arm's. */
  seen: number;
}

/** Heights on the torso, from the shoulders (0) to the hips (1). */
const heights = { chest: [0.28, 0.42], waist: [0.45, 0.85], hip: [0.9, 1.15] } as const;
const step = 0.015;

/** Widths of the silhouette at chest (the widest), waist (the narrowest) and hips (the widest). */
function widthsOf(body: Body, mask: Mask): Widths {
  let [looked, seen] = [0, 0];
  const within = ([from, to]: readonly [number, number], pick: (widths: number[]) => number) => {
    const found: number[] = [];
    let here = 0;
    for (let height = from; height <= to; height += step) {
      here++;
      const width = widthAt(body, mask, height);
      if (width !== null) found.push(width);
    }
    looked += here;
    seen += found.length;
    return found.length < here / 3 ? null : pick(smoothed(found));
  };
  const chest = within(heights.chest, (widths) => Math.max(...widths));
  const waist = within(heights.waist, (widths) => Math.min(...widths));
  const hip = within(heights.hip, (widths) => Math.max(...widths));
  return { chest, waist, hip, seen: seen / looked };
}

/** Medians of three, so that a fold or a thumb does not count. */
function smoothed(widths: number[]): number[] {
  return widths.map((_, i) => median(widths.slice(Math.max(0, i - 1), i + 2)));
}

/**
 * The torso's width at a height: twice the half of the side on which it ends before an arm, or both halves. Null where arms lie on both
 * sides.
 */
function widthAt({ shoulders, hips }: Body, mask: Mask, height: number): number | null {
  const x = shoulders.middle.x + (hips.middle.x - shoulders.middle.x) * height;
  const y = shoulders.middle.y + (hips.middle.y - shoulders.middle.y) * height;
  const run = runAt(mask, x, y);
  // A person whom the picture's edge cuts may go on beyond it.
  if (!run || run.left === 0 || run.right === mask.width - 1) return null;
  const halves = [x - run.left, run.right - x].filter((half) => half < 0.66 * shoulders.width);
  return halves.length === 0 ? null : 2 * halves.reduce((sum, half) => sum + half) / halves.length;
}
