import { z } from "zod";
import { type Lab, labOfHex } from "../../colour/lab.ts";
import type { Json } from "../../database/types.ts";

/** A colour that a style analysis speaks of. */
export interface AdvisedColour {
  name: string;
  lab: Lab;
}

/** What products are compared with. */
export interface Advice {
  /** Colours that suit the person. */
  wear: AdvisedColour[];
  /** Colours that work against them. */
  avoid: AdvisedColour[];
  /** Sizes that the person prefers, in capitals: by category, or under `default`. */
  sizes: ReadonlyMap<string, readonly string[]>;
  /** In which to write the reasons. */
  language: "en" | "ru";
}

const colours = z.array(
  z.object({ name: z.string().max(50), hex: z.string().regex(/^#[0-9a-f]{6}$/i) })
    .transform(({ name, hex }): AdvisedColour => ({ name, lab: labOfHex(hex) })),
).max(50).catch([]);

const adviceShape = z.object({
  colours: z.object({ wear: colours, avoid: colours }).catch({ wear: [], avoid: [] }),
}).catch({ colours: { wear: [], avoid: [] } });

const sizesShape = z.record(z.string(), z.union([z.string(), z.array(z.string())]).catch([]))
  .catch({});

/** What SQL knows of an analysis and its person (modera.recommendation_basis). */
export interface Basis {
  advice: Json;
  size_preferences: Json;
  language: string;
}

/** Reads advice as far as it is there: an analysis of another kind only says less. */
export function adviceOf({ advice, size_preferences, language }: Basis): Advice {
  const { colours: { wear, avoid } } = adviceShape.parse(advice);
  const sizes = Object.entries(sizesShape.parse(size_preferences)).map((
    [category, list],
  ): [string, string[]] => [
    category.toLowerCase(),
    (Array.isArray(list) ? list : [list]).map((size) => size.trim().toUpperCase()),
  ]);
  return {
    wear,
    avoid,
    sizes: new Map(sizes),
    language: /^ru\b/i.test(language) ? "ru" : "en",
  };
}
