import type { Body } from "./body.ts";
import type { GarmentLandmarks } from "./garment_landmarks.ts";
import type { Layer } from "./layer.ts";
import { distance, type Mask } from "./raster.ts";
import type { Target } from "./target.ts";
import type { Warp } from "./thin_plate_spline.ts";

/** What the scores are made of. */
export interface Measured {
  body: Body;
  garment: GarmentLandmarks;
  target: Target;
  warp: Warp;
  old: Mask;
  cloth: Layer;
}

/**
 * Quality is the product of three things measured: how sure the key points are, how much of the old torso the garment covers, and how evenly
 * the warp stretches it (1 where every part is stretched alike).
 */
export function scoresOf(
  measured: Measured,
): { quality: number; fitAnalysis: Record<string, unknown> } {
  const { body, garment, target } = measured;
  const covered = torsoCoverage(measured);
  const evenness = stretchEvenness(measured);
  const quality = Math.sqrt(body.confidence) * covered * Math.sqrt(evenness);
  const shoulders = distance(garment.left.tip, garment.right.tip) / garment.length;
  const own = distance(target.left.tip, target.right.tip) / body.torsoLength;
  return {
    quality: round(quality),
    fitAnalysis: {
      sleeves: garment.sleeves,
      hooded: garment.hooded,
      /** Shoulders against length, of the garment and of the body; their quotient above 1 means a wide cut. */
      shoulder_ratio: { garment: round(shoulders), body: round(own), cut: round(shoulders / own) },
      torso_coverage: round(covered),
      stretch_evenness: round(evenness),
      notes: notes(measured, evenness),
      person: {
        shoulder_to_hip: round(
          body.shoulders.width / Math.max(distance(body.hips.left, body.hips.right), 1),
        ),
        torso_length_px: Math.round(body.torsoLength),
      },
    },
  };
}

/** What a person who looks at the preview should know about it. */
function notes({ body, garment }: Measured, evenness: number): string[] {
  const notes: string[] = [];
  if (garment.sleeves !== "long") {
    notes.push("Bare arms are painted in the tone of the face where sleeves were worn before.");
  }
  if (garment.hooded) notes.push("The hood is shown let down.");
  if (evenness < 0.45) notes.push("The garment was stretched unevenly: a print may look bent.");
  if (body.confidence < 0.65) {
    notes.push("The body was hard to see: even light and arms apart from the body help.");
  }
  return notes;
}

/** The share of the old clothes on the torso that the garment covers. */
function torsoCoverage({ target, old, cloth }: Measured): number {
  const [left, right] = [target.left.armpit.x, target.right.armpit.x];
  const [top, bottom] = [target.collar.y, target.hem.y];
  let [worn, covered] = [0, 0];
  for (let y = Math.max(0, Math.round(top)); y < Math.min(old.height, bottom); y += 2) {
    for (let x = Math.max(0, Math.round(left)); x < Math.min(old.width, right); x += 2) {
      const i = y * old.width + x;
      worn += old.values[i]!;
      covered += old.values[i]! * cloth.alpha[i]!;
    }
  }
  return worn === 0 ? 1 : covered / worn;
}

/** Least over greatest tenth of the areas that equal cells of the torso take on the garment. */
function stretchEvenness({ target, warp }: Measured): number {
  const [left, right] = [target.left.armpit.x, target.right.armpit.x];
  const [top, bottom] = [target.collar.y, target.hem.y];
  const step = 8;
  const areas: number[] = [];
  for (let y = top; y < bottom; y += step * 2) {
    for (let x = left; x < right; x += step * 2) {
      const [a, b, c] = [warp(x, y), warp(x + step, y), warp(x, y + step)];
      areas.push(Math.abs((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)));
    }
  }
  areas.sort((a, b) => a - b);
  const at = (share: number) => areas[Math.floor(share * (areas.length - 1))] ?? 1;
  return Math.min(1, at(0.1) / Math.max(at(0.9), 1e-6));
}

function round(value: number): number {
  return Number(Math.min(value, 99).toFixed(3));
}
