import { chroma, colourDifference } from "../../colour/lab.ts";
import { type ColourName, type NamedColour, namedColour } from "../../colour/names.ts";
import type { Palette, PaletteColour } from "./palette.ts";
import type { Proportions } from "./proportions.ts";
import { type Advice, anyShape, seasonColours, shapeAdvice } from "./rules.ts";
import type { Season } from "./season.ts";
import type { ShapeName } from "./shape.ts";

/** How a person dresses, as far as the picture shows it. */
export interface StyleProfile {
  season: Season["name"];
  undertone: Season["undertone"];
  contrast: Season["contrast"];
  shape: ShapeName | null;
  /** neutral: greys, black, white, navy and their like; colourful: mostly not; accented: between. Null when no clothes were seen. */
  colour_use: "neutral" | "accented" | "colourful" | null;
  pattern: "plain" | "patterned" | null;
  /** 0 to 1: how much of what is worn has a colour of the person's season. Null when no clothes were seen. */
  harmony: number | null;
  /** The colours worn, the largest first. */
  worn: ColourName[];
  summary: string;
}

/** C* below which a cloth is neutral: beige is, olive is not. */
const neutralChroma = 18;
/** CIEDE2000 within which a cloth counts as a colour of the season. */
const ofTheSeason = 16;
/** Share of a second colour from which a cloth is patterned. */
const patternShare = 0.18;

/** The style of what is worn, against the season's colours. */
export function profileOf(palette: Palette, season: Season, { shape }: Proportions): StyleProfile {
  const worn = [...palette.top, ...palette.bottom].toSorted((a, b) => b.share - a.share);
  const total = worn.reduce((sum, { share }) => sum + share, 0);
  const shareOf = (belongs: (colour: PaletteColour) => boolean) =>
    worn.filter(belongs).reduce((sum, { share }) => sum + share, 0) / total;
  const colourful = shareOf(({ lab }) => chroma(lab) >= neutralChroma);
  const suits = seasonColours[season.name].wear.map(namedColour);
  const harmony = shareOf(({ lab }) =>
    suits.some((colour) => colourDifference(lab, colour.lab) < ofTheSeason)
  );
  const seen = worn.length > 0;
  const profile = {
    season: season.name,
    undertone: season.undertone,
    contrast: season.contrast,
    shape: shape?.name ?? null,
    colour_use: !seen
      ? null
      : colourful < 0.2
      ? "neutral" as const
      : colourful < 0.6
      ? "accented" as const
      : "colourful" as const,
    pattern: palette.top.length === 0
      ? null
      : (palette.top[1]?.share ?? 0) >= patternShare
      ? "patterned" as const
      : "plain" as const,
    harmony: seen ? Math.round(harmony * 100) / 100 : null,
    worn: [...new Set(worn.map(({ name }) => name))],
  };
  return { ...profile, summary: summaryOf(profile) };
}

function summaryOf(profile: Omit<StyleProfile, "summary">): string {
  const { season, undertone, contrast, shape, colour_use, harmony } = profile;
  const figure = shape ? ` Your figure: ${shape.replace("_", " ")}.` : "";
  const clothes = colour_use === null ? "" : ` You wear ${
    {
      neutral: "mostly neutral colours",
      accented: "neutral colours with some accents",
      colourful: "mostly strong colours",
    }[colour_use]
  }, ${
    harmony! >= 0.5 ? "and they suit your season." : "and your season's would suit you better."
  }`;
  return `${
    season[0]!.toUpperCase() + season.slice(1)
  }: a ${undertone} undertone and ${contrast} contrast.${figure}${clothes}`;
}

/** What is recommended, and the colours by value, so that goods can be compared with them. */
export interface StyleRecommendations {
  colours: { wear: NamedColour[]; avoid: NamedColour[] };
  necklines: Advice[];
  fits: Advice[];
}

/** Recommendations by the rules of `rules.ts`, for the season and the shape. */
export function recommendationsOf(
  season: Season,
  { shape }: Proportions,
): StyleRecommendations {
  const { wear, avoid } = seasonColours[season.name];
  const { necklines, fits } = shape ? shapeAdvice[shape.name] : anyShape;
  return {
    colours: { wear: wear.map(namedColour), avoid: avoid.map(namedColour) },
    necklines: [...necklines],
    fits: [...fits],
  };
}
