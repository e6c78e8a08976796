/** The five classes that figures are sorted into. */
export type ShapeName = "hourglass" | "triangle" | "inverted_triangle" | "rectangle" | "oval";

/** The class of a figure and how it came about. */
export interface Shape {
  name: ShapeName;
  /** 0 to 1: the trust in the widths, less where two classes meet. */
  confidence: number;
  /** Which rule gave the name, in words. */
  rule: string;
}

/**
 * Differences of girths at which figures part, in inches, and the girth of the hips (38) that makes them ratios: Lee, Istook, Nam & Park,
 * "Comparison of body shape between USA and Korean women", Int. J. Clothing Science and Technology 19(5), 2007, after the Female Figure
 * Identification Technique (Simmons, Istook & Devarajan, JTATM 4(1), 2004). Its classes of hourglass are taken as one, and so are its spoon and
 * triangle. It was made for girths of women; here it is read off widths of anybody.
 */
const hipGirth = 38;
const limits = {
  /** Chest and hips differ. */
  wider: 3.6 / hipGirth,
  /** The waist is in, against the chest and against the hips. */
  waistFromChest: 9 / hipGirth,
  waistFromHip: 10 / hipGirth,
} as const;

/**
 * The class of a figure.
 * @param chest width of the chest over that of the hips
 * @param waist width of the waist over that of the hips
 * @param trust in the two, 0 to 1
 */
export function shapeOf(chest: number, waist: number, trust: number): Shape {
  const named = (name: ShapeName, rule: string, margin: number): Shape => ({
    name,
    rule,
    confidence: Math.round(trust * (0.5 + 0.5 * Math.min(1, margin / 0.06)) * 1000) / 1000,
  });
  const balance = chest - 1;
  const drawnIn = Math.max(
    (chest - waist) / limits.waistFromChest,
    (1 - waist) / limits.waistFromHip,
  );
  if (waist >= 1 && waist >= chest) {
    return named("oval", "the waist is the widest", Math.min(waist - 1, waist - chest));
  }
  if (-balance >= limits.wider) {
    return named("triangle", "the hips are wider than the chest", -balance - limits.wider);
  }
  if (balance >= limits.wider) {
    return named("inverted_triangle", "the chest is wider than the hips", balance - limits.wider);
  }
  const even = limits.wider - Math.abs(balance);
  if (drawnIn >= 1) {
    return named(
      "hourglass",
      "chest and hips are alike and the waist is drawn in",
      Math.min(even, (drawnIn - 1) * limits.waistFromChest),
    );
  }
  return named(
    "rectangle",
    "chest and hips are alike and the waist is not drawn in",
    Math.min(even, (1 - drawnIn) * limits.waistFromChest),
  );
}
