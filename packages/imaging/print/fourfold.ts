import ort from "onnxruntime-node";
import { carriedOutward } from "../bleed.ts";
import type { Artwork } from "./artwork.ts";

/** Pixels around a tile that the network looks at. */
const reach = 6;
const tile = 256;
/** Less alpha than this says nothing of a colour. */
const visible = 8;

let session: Promise<ort.InferenceSession> | undefined;

/** The network of `training/`, loaded once: a channel in, 0 to 1, its enlargement out. */
function network(): Promise<ort.InferenceSession> {
  return session ??= ort.InferenceSession.create(
    new URL("fourfold.onnx", import.meta.url).pathname,
    { intraOpNumThreads: 2, enableCpuMemArena: false },
  );
}

/**
 * Four times the width and height, centred: Lanczos 3, to which a small convolutional network adds what it was trained to find missing
 * (sub-pixel convolution: Shi et al., CVPR 2016), never leaving the range of the nine input pixels around, so that flat colours stay flat
 * and edges do not ring. Each channel by itself, so that grey stays grey; colours are carried into what is invisible, so that edges keep
 * them. In tiles, which leave no seams.
 *
 * @returns 4 bytes a pixel
 */
export async function fourfold(artwork: Artwork): Promise<Uint8Array> {
  const { width, height, transparent } = artwork;
  const rgba = new Uint8Array(width * height * 16 * 4);
  if (!transparent) rgba.fill(255);
  const covered = transparent ? withColoursCarried(artwork) : artwork;
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      const [right, bottom] = [Math.min(left + tile, width), Math.min(top + tile, height)];
      const from = planesOf(covered, left, top, right - left, bottom - top);
      write(from, await enlarged(from), rgba, left, top, width);
    }
  }
  return rgba;
}

/** The artwork with colours where none can be seen: those next to it. */
function withColoursCarried(artwork: Artwork): Artwork {
  const { width, height } = artwork;
  const rgb = new Uint8Array(width * height * 3);
  const inside = new Uint8Array(width * height);
  for (let i = 0; i < inside.length; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = artwork.rgba[i * 4 + c]!;
    inside[i] = Number(artwork.rgba[i * 4 + 3]! >= visible);
  }
  const carried = carriedOutward({ width, height, rgb }, inside, 2 * reach);
  const rgba = artwork.rgba.slice();
  for (let i = 0; i < inside.length; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = carried.rgb[i * 3 + c]!;
  }
  return { ...artwork, rgba };
}

/** Channels of a tile with what is around it, 0 to 1; beyond the picture its border is repeated. */
interface Planes {
  /** Of the tile, without what is around it. */
  width: number;
  height: number;
  count: number;
  /** Pixels of a row, and of a plane. */
  stride: number;
  size: number;
  values: Float32Array;
}

function planesOf(
  { width, height, rgba, transparent }: Artwork,
  left: number,
  top: number,
  tileWidth: number,
  tileHeight: number,
): Planes {
  const count = transparent ? 4 : 3;
  const stride = tileWidth + 2 * reach;
  const size = stride * (tileHeight + 2 * reach);
  const values = new Float32Array(count * size);
  const within = (at: number, most: number) => Math.min(Math.max(at, 0), most - 1);
  for (let i = 0; i < size; i++) {
    const x = within(left - reach + i % stride, width);
    const y = within(top - reach + Math.floor(i / stride), height);
    const from = (y * width + x) * 4;
    for (let c = 0; c < count; c++) values[c * size + i] = rgba[from + c]! / 255;
  }
  return { width: tileWidth, height: tileHeight, count, stride, size, values };
}

async function enlarged({ values, count, stride, size }: Planes): Promise<Float32Array> {
  const planes = new ort.Tensor("float32", values, [count, 1, size / stride, stride]);
  const { large } = await (await network()).run({ planes });
  return large!.data as Float32Array;
}

function write(
  from: Planes,
  large: Float32Array,
  rgba: Uint8Array,
  left: number,
  top: number,
  width: number,
): void {
  const { count } = from;
  const wide = from.width * 4;
  const plane = wide * from.height * 4;
  const [low, high] = [new Float32Array(count), new Float32Array(count)];
  for (let y = 0; y < from.height; y++) {
    for (let x = 0; x < from.width; x++) {
      for (let c = 0; c < count; c++) rangeAround(from, x, y, c, low, high);
      for (let part = 0; part < 16; part++) {
        const [row, column] = [y * 4 + (part >> 2), x * 4 + (part & 3)];
        const i = row * wide + column;
        const to = ((top * 4 + row) * width * 4 + left * 4 + column) * 4;
        const at = (c: number) => Math.min(Math.max(large[c * plane + i]!, low[c]!), high[c]!);
        if (count === 4) rgba[to + 3] = at(3) * 255 + 0.5;
        if (rgba[to + 3] === 0) continue;
        for (let c = 0; c < 3; c++) rgba[to + c] = at(c) * 255 + 0.5;
      }
    }
  }
}

/** What a channel may be near a pixel of the tile. */
function rangeAround(
  { stride, size, values }: Planes,
  x: number,
  y: number,
  channel: number,
  low: Float32Array,
  high: Float32Array,
): void {
  let [least, most] = [1, 0];
  const first = channel * size + (y + reach - 1) * stride + x + reach - 1;
  for (let row = 0; row < 3; row++) {
    for (let i = first + row * stride; i < first + row * stride + 3; i++) {
      least = Math.min(least, values[i]!);
      most = Math.max(most, values[i]!);
    }
  }
  low[channel] = least;
  high[channel] = most;
}
