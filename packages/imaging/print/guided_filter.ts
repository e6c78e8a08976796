import { emptyMask, type Mask, resizeMask } from "../raster.ts";

/**
 * Fits a coarse mask to the edges of a picture: in each window the mask is taken for a linear function of the picture's light (He, Sun and
 * Tang, IEEE PAMI 35(6), 2013; done on a reduced picture as in their fast form, arXiv 1505.00996).
 *
 * @param light 0 to 1, of the mask's size
 * @param radius of the windows in pixels of `light`
 * @param epsilon squared contrast below which an edge is noise
 * @param reduce how many times smaller the fit is done
 */
export function guidedFilter(
  light: Mask,
  mask: Mask,
  radius: number,
  epsilon: number,
  reduce: number,
): Mask {
  const [width, height] = [light.width, light.height].map((side) => Math.ceil(side / reduce)) as [
    number,
    number,
  ];
  const [guide, target] = [resizeMask(light, width, height), resizeMask(mask, width, height)];
  const size = Math.max(1, Math.round(radius / reduce));
  const mean = (of: (i: number) => number) => boxMean(width, height, size, of);
  const [i, p] = [guide.values, target.values];
  const [meanI, meanP] = [mean((at) => i[at]!), mean((at) => p[at]!)];
  const [meanII, meanIP] = [mean((at) => i[at]! ** 2), mean((at) => i[at]! * p[at]!)];
  const slope = emptyMask(width, height);
  const offset = emptyMask(width, height);
  for (let at = 0; at < slope.values.length; at++) {
    const variance = meanII[at]! - meanI[at]! ** 2;
    slope.values[at] = (meanIP[at]! - meanI[at]! * meanP[at]!) / (variance + epsilon);
    offset.values[at] = meanP[at]! - slope.values[at]! * meanI[at]!;
  }
  const even = ({ values }: Mask): Mask => ({
    width,
    height,
    values: boxMean(width, height, size, (at) => values[at]!),
  });
  const a = resizeMask(even(slope), light.width, light.height).values;
  const b = resizeMask(even(offset), light.width, light.height).values;
  const out = emptyMask(light.width, light.height);
  for (let at = 0; at < out.values.length; at++) {
    out.values[at] = Math.min(Math.max(a[at]! * light.values[at]! + b[at]!, 0), 1);
  }
  return out;
}

/** The mean within `radius` pixels to each side, by running sums; at the borders, of what is there. */
function boxMean(
  width: number,
  height: number,
  radius: number,
  of: (i: number) => number,
): Float32Array {
  const rows = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    let [sum, count] = [0, 0];
    for (let x = -radius; x < width; x++) {
      if (x + radius < width) [sum, count] = [sum + of(y * width + x + radius), count + 1];
      if (x - radius - 1 >= 0) [sum, count] = [sum - of(y * width + x - radius - 1), count - 1];
      if (x >= 0) rows[y * width + x] = sum / count;
    }
  }
  const out = new Float32Array(width * height);
  for (let x = 0; x < width; x++) {
    let [sum, count] = [0, 0];
    for (let y = -radius; y < height; y++) {
      if (y + radius < height) [sum, count] = [sum + rows[(y + radius) * width + x]!, count + 1];
      if (y - radius - 1 >= 0) {
        [sum, count] = [sum - rows[(y - radius - 1) * width + x]!, count - 1];
      }
      if (y >= 0) out[y * width + x] = sum / count;
    }
  }
  return out;
}
