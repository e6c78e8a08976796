import { concatenated, deflate, type Raster } from "./raster.ts";

/**
 * A picture as a TIFF: little-endian, one strip, Deflate (Adobe's compression 8), alpha unassociated.
 * TIFF Revision 6.0; Adobe Photoshop TIFF Technical Notes.
 *
 * @param dpi pixels per inch
 */
export async function encodeTiff(raster: Raster, dpi: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, channels, pixels } = raster;
  const strip = await deflate(pixels);
  const hasAlpha = channels === 2 || channels === 4;
  const [short, long, rational] = [3, 4, 5] as const;
  const colours = channels < 3 ? 1 : 2;
  // What does not fit into a field's four bytes stands after the directory.
  const entries: [tag: number, type: number, values: number[]][] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, Array(channels).fill(8)],
    [259, short, [8]],
    [262, short, [colours]],
    [273, long, [0]],
    [277, short, [channels]],
    [278, long, [height]],
    [279, long, [strip.length]],
    [282, rational, [dpi, 1]],
    [283, rational, [dpi, 1]],
    [284, short, [1]],
    [296, short, [2]],
    ...(hasAlpha ? [[338, short, [2]] as [number, number, number[]]] : []),
  ];
  const bytesOf = (type: number) => type === short ? 2 : 4;
  let after = 8 + 2 + entries.length * 12 + 4;
  const places = entries.map(([, type, values]) => {
    const size = values.length * bytesOf(type);
    const place = size > 4 ? after : null;
    if (place !== null) after += size + size % 2;
    return place;
  });
  const head = new Uint8Array(after);
  const view = new DataView(head.buffer);
  const put = (at: number, type: number, values: number[]) =>
    values.forEach((value, i) =>
      type === short
        ? view.setUint16(at + i * 2, value, true)
        : view.setUint32(at + i * 4, value, true)
    );
  head.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  view.setUint16(8, entries.length, true);
  entries.forEach(([tag, type, values], i) => {
    const at = 10 + i * 12;
    const place = places[i];
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, type === rational ? 1 : values.length, true);
    if (place !== null && place !== undefined) {
      view.setUint32(at + 8, place, true);
      put(place, type, values);
    } else put(at + 8, type, tag === 273 ? [after] : values);
  });
  return concatenated([head, strip]);
}
