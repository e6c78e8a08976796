import { kmeans } from "ml-kmeans";
import { hexOf, type Lab } from "../../colour/lab.ts";
import { type ColourName, nameOf } from "../../colour/names.ts";
import { median } from "../raster.ts";
import type { Region, Regions } from "./region.ts";

/** One colour of a part. */
export interface PaletteColour {
  name: ColourName;
  hex: string;
  /** CIELAB under D65, to a tenth. */
  lab: Lab;
  /** 0 to 1: how much of its part has it. */
  share: number;
}

/** The colours of a person, part by part, the largest first; a part that was not seen has none. */
export interface Palette {
  skin: PaletteColour[];
  hair: PaletteColour[];
  top: PaletteColour[];
  bottom: PaletteColour[];
}

/** The measured colours of each part. */
export function paletteOf({ skin, hair, top, bottom }: Regions): Palette {
  return {
    // Light and shade on a face are one colour: the middle one.
    skin: skin.colours.length < leastPixels ? [] : [shown(middle(skin.colours), 1)],
    hair: coloursOf(hair, 2).slice(0, 1),
    top: coloursOf(top, 4),
    bottom: coloursOf(bottom, 4),
  };
}

/** Fewer say nothing. */
const leastPixels = 30;
/** Of a part; below it a colour is an edge, a button, a shadow. */
const leastShare = 0.06;
/** Below it two clusters are one cloth in light and shade; in units of a* and b*. */
const sameCloth = 9;
/** Light changes lightness first, so lightness counts for less. */
const lightnessWeight = 0.4;
/** The same pixels give the same clusters. */
const seed = 1;

interface Cluster {
  lab: Lab;
  count: number;
}

/**
 * The colours of a part: k-means in CIELAB (Lloyd, started by k-means++), then clusters that lie nearer than light and shade of one cloth
 * do are taken together.
 * @param most number of clusters to begin with
 */
export function coloursOf({ colours }: Region, most: number): PaletteColour[] {
  if (colours.length < leastPixels) return [];
  const points = colours.map(([l, a, b]) => [l * lightnessWeight, a, b]);
  const { clusters } = kmeans(points, most, {
    seed,
    initialization: "kmeans++",
    maxIterations: 40,
  });
  const groups = Map.groupBy(colours, (_, i) => clusters[i]!);
  const found = [...groups.values()].map((of) => ({ lab: middle(of), count: of.length }));
  return joined(found)
    .map(({ lab, count }) => shown(lab, count / colours.length))
    .filter(({ share }) => share >= leastShare)
    .toSorted((one, other) => other.share - one.share);
}

/** Takes the nearest two together until none are near. */
function joined(clusters: Cluster[]): Cluster[] {
  let least = sameCloth;
  let pair: [Cluster, Cluster] | undefined;
  for (const [i, one] of clusters.entries()) {
    for (const other of clusters.slice(i + 1)) {
      const far = clothDifference(one.lab, other.lab);
      if (far < least) [least, pair] = [far, [one, other]];
    }
  }
  if (!pair) return clusters;
  return joined([...clusters.filter((cluster) => !pair.includes(cluster)), together(...pair)]);
}

function clothDifference(one: Lab, other: Lab): number {
  return Math.hypot((one[0] - other[0]) * lightnessWeight, one[1] - other[1], one[2] - other[2]);
}

function together(one: Cluster, other: Cluster): Cluster {
  const count = one.count + other.count;
  const mean = (c: 0 | 1 | 2) => (one.lab[c] * one.count + other.lab[c] * other.count) / count;
  return { lab: [mean(0), mean(1), mean(2)], count };
}

function middle(colours: readonly Lab[]): Lab {
  const channel = (c: 0 | 1 | 2) => median(colours.map((lab) => lab[c]));
  return [channel(0), channel(1), channel(2)];
}

function shown(lab: Lab, share: number): PaletteColour {
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return {
    name: nameOf(lab),
    hex: hexOf(lab),
    lab: [tenth(lab[0]), tenth(lab[1]), tenth(lab[2])],
    share: Math.round(share * 1000) / 1000,
  };
}
