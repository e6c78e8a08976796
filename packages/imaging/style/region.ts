import { type Lab, labOf } from "../../colour/lab.ts";
import { type Body, lost } from "../body.ts";
import { between, distance, type Mask, type Picture } from "../raster.ts";
import type { Skin } from "../skin.ts";

/** Colours of a part of the picture, and how much of the part they were found on. */
export interface Region {
  colours: Lab[];
  /** 0 to 1: the share of the part's box that belongs to it. */
  share: number;
}

/** What of a picture is what. A part that cannot be seen has no colours. */
export interface Regions {
  skin: Region;
  hair: Region;
  top: Region;
  bottom: Region;
  /** All that is not the person. */
  ground: Region;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** More pixels than these say no more about a colour. */
const enough = 1500;

const nothing: Region = { colours: [], share: 0 };

/** Finds skin, hair, clothes and ground by key points and the person's mask. */
export function regionsOf(picture: Picture, body: Body, mask: Mask, skin: Skin): Regions {
  const { pose, shoulders, hips, chin } = body;
  const { left_eye, right_eye, nose } = pose;
  const eyes = { middle: between(left_eye, right_eye, 0.5), apart: distance(left_eye, right_eye) };
  const unit = shoulders.width;
  const sees = (point: (typeof pose)["nose"], least: number) => !lost(picture, point, least);
  const hipsSeen = sees(pose.left_hip, 0.25) && sees(pose.right_hip, 0.25);
  const waist = hipsSeen ? hips.middle.y : shoulders.middle.y + 1.2 * unit;
  const person = (i: number) => mask.values[i]! > 0.75;
  const bare = (i: number) => skin.matches(i);

  const face = {
    left: nose.x - 1.2 * eyes.apart,
    right: nose.x + 1.2 * eyes.apart,
    top: eyes.middle.y - 0.4 * eyes.apart,
    bottom: chin.y,
  };
  const crown = crownOf(mask, eyes.middle, 4 * eyes.apart);
  const head = {
    left: eyes.middle.x - 1.7 * eyes.apart,
    right: eyes.middle.x + 1.7 * eyes.apart,
    top: crown,
    bottom: Math.min(eyes.middle.y - 0.45 * eyes.apart, crown + 1.1 * eyes.apart),
  };
  const torso = {
    left: shoulders.middle.x - 0.4 * unit,
    right: shoulders.middle.x + 0.4 * unit,
    top: shoulders.middle.y + 0.12 * (waist - shoulders.middle.y),
    bottom: shoulders.middle.y + 0.85 * (waist - shoulders.middle.y),
  };
  const legs = {
    left: hips.middle.x - 0.4 * unit,
    right: hips.middle.x + 0.4 * unit,
    top: waist + 0.25 * body.torsoLength,
    bottom: waist + 1.1 * body.torsoLength,
  };
  return {
    skin: collect(picture, face, (i) => person(i) && bare(i)),
    hair: collect(picture, head, (i) => person(i) && !bare(i)),
    top: collect(picture, torso, (i) => person(i) && !bare(i)),
    bottom: hipsSeen ? collect(picture, legs, (i) => person(i) && !bare(i)) : nothing,
    ground: collect(
      picture,
      { left: 0, right: picture.width, top: 0, bottom: picture.height },
      (i) => mask.values[i]! < 0.05,
    ),
  };
}

/** Where the head begins above the eyes; no further up than `reach` pixels. */
function crownOf(mask: Mask, eyes: { x: number; y: number }, reach: number): number {
  const x = Math.min(Math.max(Math.round(eyes.x), 0), mask.width - 1);
  let y = Math.min(Math.max(Math.round(eyes.y), 0), mask.height - 1);
  const stop = Math.max(0, y - reach);
  while (y > stop && mask.values[(y - 1) * mask.width + x]! > 0.75) y--;
  return y;
}

/** The colours of a box's pixels that belong, taken evenly over it. */
function collect(picture: Picture, box: Box, belongs: (i: number) => boolean): Region {
  const left = Math.max(0, Math.round(box.left));
  const right = Math.min(picture.width, Math.round(box.right));
  const top = Math.max(0, Math.round(box.top));
  const bottom = Math.min(picture.height, Math.round(box.bottom));
  const area = (right - left) * (bottom - top);
  if (right <= left || bottom <= top) return nothing;
  const step = Math.max(1, Math.floor(Math.sqrt(area / enough)));
  const { width, rgb } = picture;
  const colours: Lab[] = [];
  let looked = 0;
  for (let y = top; y < bottom; y += step) {
    for (let x = left; x < right; x += step) {
      looked++;
      const i = y * width + x;
      if (belongs(i)) colours.push(labOf(rgb[i * 3]!, rgb[i * 3 + 1]!, rgb[i * 3 + 2]!));
    }
  }
  return { colours, share: colours.length / looked };
}
