import { colourDifference, type Lab } from "../../colour/lab.ts";
import type { Advice, AdvisedColour } from "./advice.ts";

/** A product that may be recommended (modera.recommendation_candidates). */
export interface Candidate {
  id: string;
  title: string;
  category: string;
  subcategory: string | null;
  sizes: string[];
  colour: string;
  lab_l: number;
  lab_a: number;
  lab_b: number;
  /** Minor units. */
  price: number;
  currency: string;
}

/** What the person asked for. */
export interface Wishes {
  category?: string | undefined;
  size?: string | undefined;
  /** Minor units. */
  max_price?: number | undefined;
}

/** How a product fits, part by part, 0 to 1; a part of which nothing is known is not there. */
export interface Fit {
  /** The advised colour that is nearest, and how far it is (CIEDE2000). */
  nearest?: { colour: AdvisedColour; difference: number };
  /** A colour to avoid is nearer than any that suits. */
  clashes: boolean;
  /** The size that the person takes, when the product has it. */
  size?: string;
  parts: { colour?: number; category?: number; size?: number; price?: number };
}

/** A candidate with its place among the others. */
export interface Ranked {
  candidate: Candidate;
  fit: Fit;
  /** 0 to 1, to four decimals. */
  score: number;
}

/** How much each part counts. Ours: colour is what the analysis is about. */
const weights = { colour: 0.6, category: 0.1, size: 0.2, price: 0.1 } as const;

/**
 * CIEDE2000 from which a colour does not match at all: beyond it two colours have more that parts
 * them than what they share (Schuessler, "Delta E 101", http://zschuessler.github.io/DeltaE/learn/:
 * up to 10 seen at a glance, 11 to 49 more similar than opposite).
 */
const noMatch = 50;

/** What is left of the part of colour when a colour to avoid is nearer. */
const clash = 0.5;

/** The best `limit` candidates; of equal ones the nearer in colour, then the cheaper. */
export function rank(
  candidates: readonly Candidate[],
  advice: Advice,
  wishes: Wishes,
  limit: number,
): Ranked[] {
  return candidates
    .map((candidate) => {
      const fit = fitOf(candidate, advice, wishes);
      return { candidate, fit, score: scoreOf(fit) };
    })
    .sort((one, other) =>
      other.score - one.score ||
      (one.fit.nearest?.difference ?? 0) - (other.fit.nearest?.difference ?? 0) ||
      one.candidate.price - other.candidate.price ||
      (one.candidate.id < other.candidate.id ? -1 : 1)
    )
    .slice(0, limit);
}

/** How a product fits the advice and the wishes. */
export function fitOf(candidate: Candidate, advice: Advice, wishes: Wishes): Fit {
  const lab: Lab = [candidate.lab_l, candidate.lab_a, candidate.lab_b];
  const nearest = nearestOf(lab, advice.wear);
  const avoided = nearestOf(lab, advice.avoid);
  const clashes = avoided !== undefined &&
    avoided.difference < (nearest?.difference ?? Infinity);
  const size = sizeOf(candidate, advice, wishes);
  return {
    ...(nearest ? { nearest } : {}),
    clashes,
    ...(size.taken ? { size: size.taken } : {}),
    parts: {
      ...(nearest ? { colour: colourPart(nearest.difference, clashes) } : {}),
      ...(wishes.category ? { category: 1 } : {}),
      ...(size.part === undefined ? {} : { size: size.part }),
      ...(wishes.max_price ? { price: 1 - candidate.price / wishes.max_price / 2 } : {}),
    },
  };
}

/** The mean of the parts that are known, by their weights. */
export function scoreOf({ parts }: Fit): number {
  let [sum, weight] = [0, 0];
  for (const [name, value] of Object.entries(parts)) {
    const counts = weights[name as keyof typeof weights];
    sum += counts * value;
    weight += counts;
  }
  return weight === 0 ? 0 : Math.round(Math.min(1, Math.max(0, sum / weight)) * 10_000) / 10_000;
}

function colourPart(difference: number, clashes: boolean): number {
  return (1 - Math.min(difference, noMatch) / noMatch) * (clashes ? clash : 1);
}

function nearestOf(lab: Lab, colours: readonly AdvisedColour[]): Fit["nearest"] {
  let nearest: Fit["nearest"];
  for (const colour of colours) {
    const difference = colourDifference(lab, colour.lab);
    if (!nearest || difference < nearest.difference) nearest = { colour, difference };
  }
  return nearest;
}

/** Whether the product has the person's size; half when it has none at all. */
function sizeOf(
  { sizes, category, subcategory }: Candidate,
  advice: Advice,
  wishes: Wishes,
): { taken?: string; part?: number } {
  const wanted = wishes.size
    ? [wishes.size.toUpperCase()]
    : advice.sizes.get(subcategory ?? "") ?? advice.sizes.get(category) ??
      advice.sizes.get("default");
  if (!wanted || wanted.length === 0) return {};
  if (sizes.length === 0) return { part: 0.5 };
  const taken = wanted.find((size) => sizes.includes(size));
  return taken ? { taken, part: 1 } : { part: 0 };
}
