import type { ColourName } from "../../colour/names.ts";
import type { SeasonName } from "./season.ts";
import type { ShapeName } from "./shape.ts";

/** Colours that suit a season, and those that work against it. */
export interface SeasonColours {
  wear: readonly ColourName[];
  avoid: readonly ColourName[];
}

/**
 * The seasons' colours, after Jackson, *Color Me Beautiful* (1980): spring clear and golden, summer soft and blue, autumn muted and golden,
 * winter clear and blue; what to avoid is what the opposite season wears.
 */
export const seasonColours: Record<SeasonName, SeasonColours> = {
  spring: {
    wear: [
      "ivory",
      "camel",
      "peach",
      "apricot",
      "coral",
      "salmon",
      "lemon",
      "gold",
      "lime green",
      "turquoise",
      "aqua",
      "periwinkle",
      "light brown",
    ],
    avoid: ["black", "charcoal", "burgundy", "plum", "navy", "mauve"],
  },
  summer: {
    wear: [
      "light grey",
      "slate",
      "light blue",
      "denim",
      "periwinkle",
      "lavender",
      "lilac",
      "mauve",
      "dusty rose",
      "light pink",
      "raspberry",
      "sage",
      "taupe",
    ],
    avoid: ["orange", "burnt orange", "mustard", "gold", "black", "rust"],
  },
  autumn: {
    wear: [
      "cream",
      "camel",
      "brown",
      "chocolate",
      "caramel",
      "rust",
      "terracotta",
      "burnt orange",
      "mustard",
      "olive",
      "moss green",
      "khaki",
      "teal",
    ],
    avoid: ["fuchsia", "hot pink", "light pink", "lavender", "silver", "royal blue"],
  },
  winter: {
    wear: [
      "white",
      "black",
      "charcoal",
      "navy",
      "royal blue",
      "cobalt",
      "emerald",
      "crimson",
      "fuchsia",
      "hot pink",
      "plum",
      "violet",
      "lemon",
    ],
    avoid: ["camel", "mustard", "terracotta", "rust", "khaki", "peach"],
  },
};

/** A piece of advice and its reason. */
export interface Advice {
  name: string;
  why: string;
}

/** What to wear for a shape. */
export interface ShapeAdvice {
  necklines: readonly Advice[];
  fits: readonly Advice[];
}

/**
 * Cuts for a shape, by the principle of balance: interest and width go where the figure is narrow, plain and dark where it is wide (Davis,
 * *Visual Design in Dress*, 3rd ed., 1996; Rasband & Liechty, *Fabulous Fit*, 2nd ed., 2006).
 */
export const shapeAdvice: Record<ShapeName, ShapeAdvice> = {
  hourglass: {
    necklines: [
      { name: "v-neck", why: "It follows the figure's own line." },
      { name: "wrap", why: "It crosses at the waist and shows it." },
    ],
    fits: [
      { name: "fitted at the waist", why: "The waist is drawn in: a straight cut would hide it." },
      { name: "high-rise bottoms", why: "They end where the waist is." },
    ],
  },
  triangle: {
    necklines: [
      { name: "boat neck", why: "It widens the shoulders against the hips." },
      { name: "square neck", why: "Its corners lie far out and balance the hips." },
    ],
    fits: [
      { name: "structured shoulders", why: "They bring the upper body up to the hips." },
      {
        name: "straight or bootcut bottoms",
        why: "They fall from the hips without adding to them.",
      },
    ],
  },
  inverted_triangle: {
    necklines: [
      { name: "deep v-neck", why: "A long line down the middle narrows the chest." },
      { name: "scoop neck", why: "It breaks the width of the shoulders." },
    ],
    fits: [
      { name: "wide-leg or pleated bottoms", why: "They bring the hips up to the chest." },
      { name: "plain, soft shoulders", why: "Nothing is added where the figure is wide." },
    ],
  },
  rectangle: {
    necklines: [
      { name: "sweetheart", why: "A curve at the chest where the figure is straight." },
      { name: "crew neck", why: "It keeps the width that shoulders and hips share." },
    ],
    fits: [
      { name: "belted or seamed at the waist", why: "It draws a waist where there is little." },
      { name: "layers and peplums", why: "They give the straight line a curve." },
    ],
  },
  oval: {
    necklines: [
      { name: "v-neck", why: "A long line leads the eye past the waist." },
      { name: "open collar", why: "It makes the neck longer and the chest narrower." },
    ],
    fits: [
      { name: "straight, single-breasted layers", why: "Two long lines stand before the waist." },
      {
        name: "mid-rise, straight bottoms",
        why: "They hang from the waist and do not cut into it.",
      },
    ],
  },
};

/** What becomes everybody whose shape could not be measured. */
export const anyShape: ShapeAdvice = {
  necklines: [{ name: "v-neck", why: "It suits most figures; yours could not be measured." }],
  fits: [{ name: "regular", why: "It suits most figures; yours could not be measured." }],
};
