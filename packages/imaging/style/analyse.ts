import { chroma, hueAngle } from "../../colour/lab.ts";
import { type Body, findPerson, leastFrontalWidth, lost, measure, turned } from "../body.ts";
import { decode } from "../decode.ts";
import { distance, type Picture } from "../raster.ts";
import { Refusal } from "../refusal.ts";
import { salientMask } from "../saliency.ts";
import { findSkin } from "../skin.ts";
import { type Palette, paletteOf } from "./palette.ts";
import {
  profileOf,
  recommendationsOf,
  type StyleProfile,
  type StyleRecommendations,
} from "./profile.ts";
import { type Proportions, proportionsOf } from "./proportions.ts";
import { type Region, type Regions, regionsOf } from "./region.ts";
import { lightOf, type Season, seasonConfidence, seasonOf } from "./season.ts";

/** What a photo says of a person's style. Every part is measured or follows from what was by a rule that is cited where it stands. */
export interface StyleAnalysis {
  palette: Palette;
  season: Season;
  proportions: Proportions;
  profile: StyleProfile;
  recommendations: StyleRecommendations;
  /** 0 to 1 for each part. */
  confidence: {
    palette: number;
    season: number;
    proportions: number;
    profile: number;
    recommendations: number;
  };
}

/** An analysis and who made it. */
export interface StyleResult {
  analysis: StyleAnalysis;
  engine: "local-preview";
  model: string;
}

const longest = 1300;
/** Pixels between the eyes; nearer together the face has too few for a colour. */
const leastEyeDistance = 8;
/**
 * Hue angles of skin, in degrees. Skins of all groups measured lie between 35 and 75 (Xiao et al., Skin Research and Technology 23(1), 2017);
 * beyond twenty more to each side it is cloth, or the light's colour and not the skin's.
 */
const skinHues = { least: 15, most: 95 } as const;
/** C* of skin; below it the picture has no colours, or the light has taken them. */
const leastSkinChroma = 4;
/** Shoulders against the distance of the eyes below which a person is turned, where no hips are seen. */
const leastShouldersByEyes = 2.7;

/**
 * Reads colours, season, proportions and style off one photo of a person.
 * @throws Refusal as decode and findPerson do, and person_turned, face_too_small, picture_without_colour.
 */
export async function analyseStyle(
  photo: Uint8Array,
  { maxImageBytes }: { maxImageBytes: number },
): Promise<StyleResult> {
  const { picture } = await decode(photo, maxImageBytes, longest);
  const body = measure(await findPerson(picture));
  requireFrontal(picture, body);
  const mask = await salientMask(picture);
  const regions = regionsOf(picture, body, mask, findSkin(picture, body));
  const palette = paletteOf(regions);
  const [skin] = palette.skin;
  if (!skin) throw faceHidden();
  if (chroma(skin.lab) < leastSkinChroma) {
    throw new Refusal("picture_without_colour", "The picture must be in colour, in daylight.");
  }
  const hue = hueAngle(skin.lab);
  if (hue < skinHues.least || hue > skinHues.most) throw faceHidden();
  const season = seasonOf(skin.lab, palette.hair[0]?.lab ?? null);
  const proportions = proportionsOf(picture, body, mask);
  return {
    analysis: {
      palette,
      season,
      proportions,
      profile: profileOf(palette, season, proportions),
      recommendations: recommendationsOf(season, proportions),
      confidence: confidenceOf(body, regions, { palette, season, proportions }),
    },
    engine: "local-preview",
    model: "tessera/style-analysis-1",
  };
}

function faceHidden(): Refusal {
  return new Refusal(
    "face_not_visible",
    "The person's face must be in the picture, uncovered and in daylight.",
  );
}

function requireFrontal(picture: Picture, { pose, shoulders, torsoLength }: Body): void {
  const { nose, left_eye, right_eye } = pose;
  const eyes = distance(left_eye, right_eye);
  if (eyes < leastEyeDistance) {
    throw new Refusal("face_too_small", "The face is too small in the picture: come closer.");
  }
  const hipsSeen = !lost(picture, pose.left_hip, 0.25) && !lost(picture, pose.right_hip, 0.25);
  const narrow = hipsSeen
    ? shoulders.width < leastFrontalWidth * torsoLength
    : shoulders.width < leastShouldersByEyes * eyes;
  // In a face from the front the nose stands between the eyes.
  const aside = nose.x < right_eye.x || nose.x > left_eye.x;
  if (narrow || aside) throw turned();
}

/** Confidence of each part: of its key points, its pixels and the light, as far as it rests on them. */
function confidenceOf(
  { pose }: Body,
  regions: Regions,
  { palette, season, proportions }: { palette: Palette; season: Season; proportions: Proportions },
): StyleAnalysis["confidence"] {
  const { nose, left_eye, right_eye } = pose;
  const face = (nose.score + left_eye.score + right_eye.score) / 3;
  const light = lightOf(regions.ground, regions.skin);
  const pixels = mean([regions.skin, regions.hair, regions.top, regions.bottom].map(filled));
  const trust = Math.sqrt(face) * light.neutral * light.exposed;
  const ofSeason = seasonConfidence(season, palette, trust);
  const { shape, ...measures } = proportions;
  const measured = Object.values(measures).map(({ confidence }) => confidence);
  const ofProportions = measured.length === 0 ? 0 : mean([...measured, shape?.confidence ?? 0]);
  const clothes = mean([regions.top, regions.bottom].map(filled)) * light.neutral;
  return rounded({
    palette: trust * (0.4 + 0.6 * pixels),
    season: ofSeason,
    proportions: ofProportions,
    profile: mean([ofSeason, clothes]),
    recommendations: shape ? mean([ofSeason, shape.confidence]) : ofSeason / 2,
  });
}

/** 1 when a third of a part's box and more belongs to it. */
function filled({ colours, share }: Region): number {
  return colours.length === 0 ? 0 : Math.min(1, share * 3);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded<Name extends string>(values: Record<Name, number>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<number>(values).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
  ) as Record<Name, number>;
}
