import { type ArmStrip, armStrip } from "./arm.ts";
import { bleed } from "./bleed.ts";
import { type Body, findBody } from "./body.ts";
import { coverOld, oldClothes } from "./cover.ts";
import { decode, encode } from "./decode.ts";
import { garmentLandmarks } from "./garment_landmarks.ts";
import { garmentMask } from "./garment_mask.ts";
import { paintHood } from "./hood_layer.ts";
import { emptyLayer, type Layer } from "./layer.ts";
import { models } from "./models.ts";
import { blur, emptyMask, type Mask, median, type Picture, smooth } from "./raster.ts";
import { salientMask } from "./saliency.ts";
import { scoresOf } from "./scores.ts";
import { exposureMatch, shading } from "./shading.ts";
import { findSkin, type Skin } from "./skin.ts";
import { paintSleeve, sleeveReach } from "./sleeve_layer.ts";
import { placeGarment } from "./target.ts";
import { type Garment, paintTorso, torsoWarp } from "./torso_layer.ts";

/** A try-on: the picture, and what was measured on the way. */
export interface TryOnResult {
  png: Uint8Array;
  engine: "local-preview";
  model: string;
  fitAnalysis: Record<string, unknown>;
  /** 0 to 1: how well the garment covers and how little it was distorted. */
  qualityScore: number;
  /** 0 to 1: how sure the key points are. */
  confidenceScore: number;
}

const longestPerson = 1300;
const longestGarment = 900;

/** Loads the models, so that the first picture does not wait for them. */
export async function loadModels(): Promise<void> {
  await models();
}

/**
 * Puts a garment on a person: a preview, made by warping, not by imagining.
 * @throws Refusal with a code and a sentence when the pictures are not fit for it.
 */
export async function tryOn(
  person: Uint8Array,
  garmentFile: Uint8Array,
  { maxImageBytes }: { maxImageBytes: number },
): Promise<TryOnResult> {
  const { picture } = await decode(person, maxImageBytes, longestPerson);
  const body = await findBody(picture);
  const garment = await readGarment(garmentFile, maxImageBytes);
  const mask = await salientMask(picture);
  const skin = findSkin(picture, body);

  const target = placeGarment(body, mask, picture, garment.landmarks);
  const usual = 0.15 * body.shoulders.width;
  const arms: [left: ArmStrip, right: ArmStrip] = [
    armStrip(mask, target.left.joint, ...body.arms.left, -1, usual),
    armStrip(mask, target.right.joint, ...body.arms.right, 1, usual),
  ];
  const old = oldClothes(picture, mask, { body, target, skin, arms });
  const light = shading(picture, old, Math.max(4, 0.03 * body.torsoLength));
  const exposure = exposureMatch(picture, garment.picture);
  const shade = (i: number) => light.values[i]! * exposure;

  const { landmarks } = garment;
  const reach = (["left", "right"] as const).map((side, at) => {
    const { sleeve } = landmarks[side];
    return sleeve ? sleeveReach(landmarks, sleeve, arms[at]!, body.torsoLength) : 0;
  }) as [number, number];
  const layer = emptyLayer(picture.width, picture.height);
  const sleeveless = landmarks.sleeves === "none";
  const fabric = fabricColour(garment);
  coverOld(layer, old, {
    body,
    person: mask,
    skin,
    arms,
    shade,
    bareness: { target, reach, sleeveless },
    fabric,
  });
  const warp = torsoWarp(garment, target);
  const cloth = emptyLayer(picture.width, picture.height);
  (["left", "right"] as const).forEach((side, at) => {
    const { sleeve } = landmarks[side];
    if (!sleeve || sleeveless) return;
    paintSleeve(cloth, garment, sleeve, arms[at]!, {
      outward: side === "left" ? -1 : 1,
      reach: reach[at]!,
      shade,
      body: mask,
    });
  });
  if (landmarks.hooded) paintHood(cloth, garment, target, shade, mask);
  paintTorso(cloth, garment, target, warp, shade, mask);

  const front = inFront(picture, mask, body, skin, arms);
  const result = compose(picture, layer, cloth, front);
  const { quality, fitAnalysis } = scoresOf({ body, garment: landmarks, target, warp, old, cloth });
  return {
    png: await encode(result),
    engine: "local-preview",
    model: "tessera/try-on-preview-1",
    fitAnalysis,
    qualityScore: quality,
    confidenceScore: Number(body.confidence.toFixed(3)),
  };
}

async function readGarment(file: Uint8Array, maxImageBytes: number): Promise<Garment> {
  const decoded = await decode(file, maxImageBytes, longestGarment);
  const mask = await garmentMask(decoded);
  return { picture: bleed(decoded.picture, mask, 16), mask, landmarks: garmentLandmarks(mask) };
}

/** The garment's usual colour. */
function fabricColour({ picture, mask }: Garment): [r: number, g: number, b: number] {
  const pixels: number[] = [];
  for (let i = 0; i < mask.values.length; i += 11) if (mask.values[i]! > 0.95) pixels.push(i);
  const channel = (c: number) => median(pixels.map((i) => picture.rgb[i * 3 + c]!));
  return [channel(0), channel(1), channel(2)];
}

/** What stays in front of the garment: the head, and skin of forearms and hands. */
function inFront(
  { width, height }: Picture,
  mask: Mask,
  body: Body,
  skin: Skin,
  arms: ArmStrip[],
): Mask {
  const hard = emptyMask(width, height);
  const soft = 0.03 * body.shoulders.width;
  for (let y = 0; y < height; y++) {
    const head = 1 - smooth(-soft, soft, y - body.chin.y);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (mask.values[i]! < 0.3) continue;
      if (head > 0) hard.values[i] = head;
      else if (skin.matches(i) && arms.some((arm) => onForearm(arm, x, y))) hard.values[i] = 1;
    }
  }
  return blur(hard, 1);
}

function onForearm({ box, locate, half }: ArmStrip, x: number, y: number): boolean {
  if (x < box.left || x > box.right || y < box.top || y > box.bottom) return false;
  const { t, across } = locate(x, y);
  return t > 0.6 && t < 1.4 && Math.abs(across) < 1.3 * half(Math.min(t, 1)).outer + 4;
}

/** The person, over it new skin, over that the garment; where `front` is, the person again. */
function compose({ width, height, rgb }: Picture, skin: Layer, cloth: Layer, front: Mask): Picture {
  const out = rgb.slice();
  for (let i = 0; i < width * height; i++) {
    const behind = 1 - front.values[i]!;
    for (const layer of [skin, cloth]) {
      const alpha = layer.alpha[i]! * behind;
      if (alpha <= 0.003) continue;
      for (let c = 0; c < 3; c++) {
        const value = out[i * 3 + c]! * (1 - alpha) + layer.rgb[i * 3 + c]! * alpha;
        out[i * 3 + c] = Math.min(Math.max(Math.round(value), 0), 255);
      }
    }
  }
  return { width, height, rgb: out };
}
