import { colourDifference, type Lab, labOfHex } from "./lab.ts";

/**
 * Words that shops use for colours, with what people mean by them in sRGB: mostly the answers of the xkcd colour survey
 * (https://xkcd.com/color/rgb.txt, CC0), those of "beige", "camel" and other cloths taken as cloth and not as light.
 */
const hexes = {
  "white": "#ffffff",
  "ivory": "#f6f0dc",
  "cream": "#f3e9c9",
  "beige": "#d9c8a9",
  "sand": "#cdb587",
  "camel": "#c69f59",
  "tan": "#b8935f",
  "taupe": "#9c8a76",
  "light grey": "#d0d2d0",
  "silver": "#b4b8ba",
  "grey": "#929591",
  "slate": "#59656d",
  "charcoal": "#3c4142",
  "black": "#101010",
  "light brown": "#ad8150",
  "caramel": "#af6f29",
  "brown": "#653700",
  "chocolate": "#3d1c02",
  "rust": "#a83c09",
  "terracotta": "#ca6641",
  "brick": "#a03623",
  "peach": "#f5b48c",
  "apricot": "#f4a460",
  "salmon": "#f08772",
  "coral": "#fc5a50",
  "orange": "#f97306",
  "burnt orange": "#c04e01",
  "mustard": "#c9a227",
  "gold": "#dbb40c",
  "yellow": "#f7e225",
  "lemon": "#f6ec6d",
  "lime green": "#a4c639",
  "olive": "#6e750e",
  "khaki": "#9b8f55",
  "moss green": "#658b38",
  "sage": "#98a889",
  "mint": "#a8e0c0",
  "green": "#2f9e44",
  "emerald": "#01a049",
  "forest green": "#154f30",
  "teal": "#02787a",
  "turquoise": "#2cb5ac",
  "aqua": "#7fd8d4",
  "light blue": "#a3c9e8",
  "sky blue": "#75bbfd",
  "denim": "#3b638c",
  "blue": "#1f55c4",
  "cobalt": "#1e488f",
  "royal blue": "#1c2fb0",
  "navy": "#14213d",
  "periwinkle": "#8e9be6",
  "lavender": "#c3b1e1",
  "lilac": "#c8a2c8",
  "violet": "#6f2da8",
  "purple": "#7e1e9c",
  "plum": "#580f41",
  "burgundy": "#6b1528",
  "wine": "#7b1e3a",
  "red": "#d31f26",
  "crimson": "#a4123f",
  "raspberry": "#b00149",
  "fuchsia": "#d6249f",
  "hot pink": "#f0287f",
  "pink": "#f29ac0",
  "light pink": "#f8cfd8",
  "dusty rose": "#c0737a",
  "mauve": "#ae7181",
} as const;

/** A colour's name, e.g. `navy`. */
export type ColourName = keyof typeof hexes;

/** A colour with its name. */
export interface NamedColour {
  name: ColourName;
  hex: string;
  lab: Lab;
}

/** All names, in no order that means anything. */
export const namedColours: readonly NamedColour[] = Object.entries(hexes).map(([name, hex]) => ({
  name: name as ColourName,
  hex,
  lab: labOfHex(hex),
}));

const byName = new Map(namedColours.map((colour) => [colour.name, colour]));

/** The colour of this name. */
export function namedColour(name: ColourName): NamedColour {
  return byName.get(name)!;
}

/** The name that comes nearest to a colour, by CIEDE2000. */
export function nameOf(lab: Lab): ColourName {
  let nearest = namedColours[0]!;
  let least = Infinity;
  for (const colour of namedColours) {
    const far = colourDifference(lab, colour.lab);
    if (far < least) [nearest, least] = [colour, far];
  }
  return nearest.name;
}
