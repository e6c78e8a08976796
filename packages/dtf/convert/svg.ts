import { inspectSvg } from "../inspect/svg.ts";

/** The same SVG with the size that it is to be printed at: as many centimetres as its pixels take at `dpi` pixels per inch. */
export function svgAtResolution(bytes: Uint8Array, dpi: number): Uint8Array<ArrayBuffer> {
  const { width, height } = inspectSvg(bytes);
  const centimetres = (pixels: number) => `${Number((pixels * 2.54 / dpi).toFixed(4))}cm`;
  const text = new TextDecoder().decode(bytes).replace(/<(?:\w+:)?svg\b[^>]*>/, (root) => {
    const name = /^<(?:\w+:)?svg/.exec(root)![0];
    const rest = root.slice(name.length).replace(
      /\s(?:width|height)\s*=\s*(?:"[^"]*"|'[^']*')/g,
      "",
    );
    const box = /\sviewBox\s*=/.test(rest) ? "" : ` viewBox="0 0 ${width} ${height}"`;
    return `${name} width="${centimetres(width)}" height="${centimetres(height)}"${box}${rest}`;
  });
  return new TextEncoder().encode(text);
}
