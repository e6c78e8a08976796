import { Bytes } from "../inspect/facts.ts";
import { pngChunks } from "../inspect/png.ts";
import { concatenated, deflate, type Raster } from "./raster.ts";

/** How every PNG begins. */
export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** A chunk with its length and checksum. */
export function chunk(name: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  whole.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of whole.subarray(4, 8 + data.length)) {
    crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
  }
  view.setUint32(8 + data.length, ~crc >>> 0);
  return whole;
}

function density(dpi: number): Uint8Array {
  const data = new Uint8Array(9);
  const view = new DataView(data.buffer);
  const perMetre = Math.round(dpi / 0.0254);
  view.setUint32(0, perMetre);
  view.setUint32(4, perMetre);
  data[8] = 1;
  return chunk("pHYs", data);
}

/** The same PNG with the resolution (pixels per inch) that it is to be printed at; no pixel is touched. */
export function pngAtResolution(bytes: Uint8Array, dpi: number): Uint8Array<ArrayBuffer> {
  const kept = pngChunks(new Bytes(bytes)).filter(({ name }) => name !== "pHYs")
    .map(({ start, length }) => bytes.subarray(start - 8, start + length + 4));
  return concatenated([pngSignature, kept[0]!, density(dpi), ...kept.slice(1)]);
}

/** A picture as a PNG, without filters. */
export async function encodePng({ width, height, channels, pixels }: Raster): Promise<Uint8Array> {
  const stride = width * channels;
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = { 1: 0, 2: 4, 3: 2, 4: 6 }[channels];
  return concatenated([
    pngSignature,
    chunk("IHDR", header),
    chunk("IDAT", await deflate(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}
