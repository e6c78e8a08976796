import type { Ground } from "../ground.ts";
import { type Mask, type Picture, smooth } from "../raster.ts";
import { distanceTo } from "./distance.ts";
import { regionsOf } from "./regions.ts";

/** What becomes of ground that the artwork encloses: the inside of an O, or the white of an eye. */
export type Enclosed = "auto" | "remove" | "keep";

/**
 * The matte of artwork on a plain ground, by colour: nothing thin or small is lost, because no pixel is judged by its size.
 *
 * A pixel of the ground's colour is ground when it is connected with the border. Where it is enclosed it is a hole (`auto`) when what
 * encloses it is thin against it, as in letters, and artwork when it lies deep inside, as a highlight does. Pixels beside the ground
 * are mixtures: their share of artwork is their distance from the ground's colour against that of the strongest pixel near by.
 */
export function plainGroundMatte(picture: Picture, ground: Ground, enclosed: Enclosed): Mask {
  const { width, height } = picture;
  const [from, to] = [4 + ground.spread, 12 + 2 * ground.spread];
  const far = new Float32Array(width * height);
  for (let i = 0; i < far.length; i++) far[i] = ground.far(i);
  const alike = Uint8Array.from(far, (value) => value < to ? 1 : 0);
  const open = openGround(alike, picture, ground, enclosed);

  const values = new Float32Array(far.length).fill(1);
  const strongest = greatestAround(far, width, height, 2);
  const near = greatestAround(Float32Array.from(open), width, height, 2);
  for (let i = 0; i < values.length; i++) {
    if (open[i]) values[i] = 0;
    // What is mixed with ground has ground within two pixels.
    if (near[i] === 0) continue;
    const share = strongest[i]! > to ? far[i]! / strongest[i]! : 0;
    values[i] = Math.min(share, 1) * smooth(from, to, far[i]!);
  }
  return { width, height, values };
}

function openGround(
  alike: Uint8Array,
  { width, height }: Picture,
  { border }: Ground,
  enclosed: Enclosed,
): Uint8Array {
  const { label, count } = regionsOf(alike, width);
  const open = new Uint8Array(count + 1);
  for (const i of border) open[label[i]!] = 1;
  open[0] = 0;
  if (enclosed === "remove") open.fill(1, 1);
  const outside = Uint8Array.from(label, (region) => open[region]!);
  if (enclosed !== "auto") return outside;
  const depth = distanceTo(outside, width, height);
  const thickness = distanceTo(alike.map((value) => 1 - value), width, height);
  const around = new Float64Array(count + 1);
  const edge = new Float64Array(count + 1);
  const widest = new Float64Array(count + 1);
  for (let i = 0; i < label.length; i++) {
    const region = label[i]!;
    if (open[region] || region === 0) continue;
    widest[region] = Math.max(widest[region]!, 2 * thickness[i]! - 1);
    if (thickness[i]! > 1) continue;
    around[region]! += depth[i]!;
    edge[region]!++;
  }
  for (let region = 1; region <= count; region++) {
    if (!open[region] && around[region]! / edge[region]! <= 2 * widest[region]! + 2) {
      open[region] = 1;
    }
  }
  return Uint8Array.from(label, (region) => open[region]!);
}

/** The greatest value within `radius` pixels to each side. */
function greatestAround(
  values: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float32Array {
  const rows = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = 0;
      const last = Math.min(x + radius, width - 1);
      for (let k = Math.max(x - radius, 0); k <= last; k++) {
        most = Math.max(most, values[y * width + k]!);
      }
      rows[y * width + x] = most;
    }
  }
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const last = Math.min(y + radius, height - 1);
    for (let k = Math.max(y - radius, 0); k <= last; k++) {
      for (let x = 0; x < width; x++) {
        out[y * width + x] = Math.max(out[y * width + x]!, rows[k * width + x]!);
      }
    }
  }
  return out;
}
