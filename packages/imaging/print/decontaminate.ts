import { blur, emptyMask, type Mask, type Picture, resizeMask, sampleMask } from "../raster.ts";

/**
 * A picture with its matte as alpha, freed of the ground's colour where both are mixed.
 *
 * @param ground its colour where it is one: then the mixture is solved for the artwork's colour. Without it both are estimated from their
 * surroundings (Forte, Fast foreground estimation by blur fusion, ICIP 2021).
 */
export function withoutGround(
  picture: Picture,
  matte: Mask,
  ground: readonly [number, number, number] | null,
): Uint8Array {
  const { width, height, rgb } = picture;
  const out = new Uint8Array(width * height * 4);
  const fronts = ground ? null : frontColours(picture, matte);
  for (let i = 0; i < width * height; i++) {
    const alpha = matte.values[i]!;
    out[i * 4 + 3] = Math.round(alpha * 255);
    if (out[i * 4 + 3] === 0) continue;
    for (let c = 0; c < 3; c++) {
      const seen = rgb[i * 3 + c]!;
      const front = ground ? (seen - (1 - alpha) * ground[c]!) / alpha : fronts![c]![i]!;
      out[i * 4 + c] = Math.min(Math.max(Math.round(alpha > 0.99 ? seen : front), 0), 255);
    }
  }
  return out;
}

/** Estimated on a picture four times smaller: colours near an edge change slowly. */
function frontColours(picture: Picture, matte: Mask): Float32Array[] {
  const [width, height] = [picture.width, picture.height].map((side) => Math.ceil(side / 4)) as [
    number,
    number,
  ];
  const size = Math.max(width, height) / 150;
  const alpha = resizeMask(matte, width, height);
  const rest = { ...alpha, values: alpha.values.map((value) => 1 - value) };
  const [alphas, rests] = [blur(alpha, size).values, blur(rest, size).values];
  return [0, 1, 2].map((channel) => {
    const colour = emptyMask(picture.width, picture.height);
    for (let i = 0; i < colour.values.length; i++) {
      colour.values[i] = picture.rgb[i * 3 + channel]!;
    }
    const small = resizeMask(colour, width, height).values;
    const front = { ...alpha, values: small.map((value, i) => value * alpha.values[i]!) };
    const back = { ...alpha, values: small.map((value, i) => value * rest.values[i]!) };
    const share = (sums: Float32Array, weights: Float32Array) => ({
      ...alpha,
      values: sums.map((sum, i) => weights[i]! > 1e-3 ? sum / weights[i]! : small[i]!),
    });
    const fronts = share(blur(front, size).values, alphas);
    const backs = share(blur(back, size).values, rests);
    const [scaleX, scaleY] = [width / picture.width, height / picture.height];
    return colour.values.map((seen, i) => {
      const share = matte.values[i]!;
      if (share < 0.004 || share > 0.99) return seen;
      const x = (i % picture.width + 0.5) * scaleX - 0.5;
      const y = (Math.floor(i / picture.width) + 0.5) * scaleY - 0.5;
      const [f, b] = [sampleMask(fronts, x, y), sampleMask(backs, x, y)];
      return f + share * (seen - share * f - (1 - share) * b);
    });
  });
}
