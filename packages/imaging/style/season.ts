import { chroma, hueAngle, type Lab } from "../../colour/lab.ts";
import type { Palette } from "./palette.ts";
import type { Region } from "./region.ts";

/** A season of the four that colour consultants tell apart. */
export type SeasonName = "spring" | "summer" | "autumn" | "winter";

/** A person's season and what it was read from. */
export interface Season {
  name: SeasonName;
  undertone: "warm" | "neutral" | "cool";
  depth: "light" | "deep";
  contrast: "low" | "medium" | "high";
  skin: {
    /** Individual typology angle in degrees: the higher, the lighter the skin. */
    ita: number;
    tone: "very light" | "light" | "intermediate" | "tan" | "brown" | "dark";
    /** Hue angle in degrees: above 55 yellow outweighs red. */
    hue: number;
  };
  /** Difference of L* between skin and hair; null when no hair was seen. */
  lightness_difference: number | null;
  /** Which rule gave the name, in words. */
  rule: string;
}

/** Hue angle at which skin turns from red to yellow: Thong, Joniak & Xiang, ICCV 2023 ("Beyond Skin Tone"). */
const undertoneHue = 55;
/** Degrees to both sides of it within which the side is uncertain. */
const undertoneMargin = 4;
/** Half of the scale of L*. */
const depthLightness = 50;
/** Differences of L* from which hair stands off from skin; thirds of what is common, 0 to 65. */
const contrasts = { medium: 22, high: 44 } as const;

/** Limits of the individual typology angle: Chardon, Cretois & Hourseau, Int. J. Cosmetic Science 13, 1991; Del Bino & Bernerd, 2013. */
const tones = [
  [55, "very light"],
  [41, "light"],
  [28, "intermediate"],
  [10, "tan"],
  [-30, "brown"],
  [-Infinity, "dark"],
] as const;

/**
 * The season of a skin and hair colour, by the rule of seasonal colour analysis (Jackson, *Color Me Beautiful*, 1980): warm and light is
 * spring, warm and deep autumn, cool and light summer, cool and deep, or cool and of high contrast, winter. Undertone is the skin's hue angle,
 * depth the mean lightness of skin and hair, contrast the difference of their lightness.
 *
 * @param hair null when none was seen: then skin alone counts.
 */
export function seasonOf(skin: Lab, hair: Lab | null): Season {
  const hue = hueAngle(skin);
  const warm = hue >= undertoneHue && hue < 180;
  const lightness = hair ? (skin[0] + hair[0]) / 2 : skin[0];
  const depth = lightness >= depthLightness ? "light" : "deep";
  const difference = hair ? Math.abs(skin[0] - hair[0]) : null;
  const contrast = difference === null || difference < contrasts.medium
    ? "low"
    : difference < contrasts.high
    ? "medium"
    : "high";
  const ita = Math.atan2(skin[0] - 50, skin[2]) * 180 / Math.PI;
  const [name, rule] = named(warm, depth, contrast);
  return {
    name,
    undertone: Math.abs(hue - undertoneHue) < undertoneMargin ? "neutral" : warm ? "warm" : "cool",
    depth,
    contrast,
    skin: {
      ita: tenth(ita),
      tone: tones.find(([least]) => ita > least)![1],
      hue: tenth(hue),
    },
    lightness_difference: difference === null ? null : tenth(difference),
    rule,
  };
}

function named(
  warm: boolean,
  depth: Season["depth"],
  contrast: Season["contrast"],
): [SeasonName, string] {
  if (warm) {
    return depth === "light" ? ["spring", "warm and light"] : ["autumn", "warm and deep"];
  }
  if (depth === "deep") return ["winter", "cool and deep"];
  return contrast === "high" ? ["winter", "cool, of high contrast"] : ["summer", "cool and light"];
}

/** What the trust in a palette and a season rests on, each 0 to 1. */
export interface Light {
  /** 1 where the ground is grey; falls with the cast that it shows, of the lamp or of the wall. */
  neutral: number;
  /** 1 where nothing of the face is burnt out or black. */
  exposed: number;
}

/** How far colours can be trusted under the light of a picture. */
export function lightOf(ground: Region, skin: Region): Light {
  const mean = ground.colours.length > 0
    ? ([0, 1, 2] as const).map((c) =>
      ground.colours.reduce((sum, lab) => sum + lab[c], 0) / ground.colours.length
    ) as unknown as Lab
    : null;
  const cast = mean ? chroma(mean) : 20;
  const lost = skin.colours.filter(([l]) => l > 96 || l < 8).length;
  return {
    neutral: clamped(1 - (cast - 6) / 40, 0.4),
    exposed: skin.colours.length === 0 ? 0 : clamped(1 - 2 * lost / skin.colours.length, 0),
  };
}

/**
 * How sure a season is, 0 to 1: the trust in its colours, less where the skin's hue or the depth lies near the line between two seasons.
 * @param trust in the colours of skin and hair, 0 to 1
 */
export function seasonConfidence(season: Season, { skin, hair }: Palette, trust: number): number {
  const lightness = skin[0] && hair[0] ? (skin[0].lab[0] + hair[0].lab[0]) / 2 : skin[0]?.lab[0];
  const hueMargin = Math.min(1, Math.abs(season.skin.hue - undertoneHue) / 12);
  const depthMargin = Math.min(1, Math.abs((lightness ?? 50) - depthLightness) / 12);
  const parts = hair[0] ? 1 : 0.7;
  return trust * parts * (0.4 + 0.35 * hueMargin + 0.25 * depthMargin);
}

function clamped(value: number, least: number): number {
  return Math.min(1, Math.max(least, value));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
