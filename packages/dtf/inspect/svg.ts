import { problem } from "../../http/problem.ts";
import { broken, type PictureFacts } from "./facts.ts";

/** What could run, load or expand in an SVG. Refused, not cleaned: nobody's artwork is changed in silence. */
const unsafe = [
  /<\s*(?:[\w-]+:)?(script|foreignobject|iframe|object|embed|audio|video|handler|listener|set|animate\w*)\b/i,
  /[\s"'/]on[a-z]+\s*=/i,
  /<!(?:doctype|entity)/i,
  /<\?xml-stylesheet/i,
  /(?:javascript|vbscript)\s*:/i,
  /@import/i,
  // Links may lead to parts of the same file, or to a picture within it.
  /\bhref\s*=\s*(?:"(?!\s*(?:#|data:image\/(?:png|jpeg|webp);))[^"]|'(?!\s*(?:#|data:image\/(?:png|jpeg|webp);))[^'])/i,
  /url\(\s*["']?\s*(?!#|["'\s]|data:image\/(?:png|jpeg|webp);)/i,
];

/** Characters that are written as references are read as what they stand for, so that none hides a word. */
function plain(text: string): string {
  return text
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_, hex: string) => character(parseInt(hex, 16)))
    .replace(/&#([0-9]{1,7});?/g, (_, digits: string) => character(parseInt(digits, 10)))
    .replaceAll(/&(?:colon|Tab|NewLine);/g, (name) => name === "&colon;" ? ":" : "")
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "");
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/**
 * What an SVG says, if nothing in it could run or load: https://www.w3.org/TR/SVG2/
 *
 * @throws Problem `picture_svg_unsafe`, `picture_broken`.
 */
export function inspectSvg(bytes: Uint8Array): PictureFacts {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw broken(cause);
  }
  const read = plain(text.replaceAll(/<!--[\s\S]*?-->/g, ""));
  if (unsafe.some((pattern) => pattern.test(read)) || unsafe.some((p) => p.test(plain(text)))) {
    throw problem(
      "picture_svg_unsafe",
      "The SVG has a script, an event handler, a foreign object, an entity or a link outside.",
    );
  }
  if (!/<\/\s*(?:\w+:)?svg\s*>\s*$/.test(read) && !/<svg[^>]*\/>\s*$/.test(read)) throw broken();
  const root = /<(?:\w+:)?svg\b[^>]*>/.exec(read)?.[0];
  if (!root) throw broken();
  const size = sizeOf(root);
  if (!size) throw broken();
  return { type: "image/svg+xml", ...size, hasAlpha: true, dpi: null, orientation: 1 };
}

/** CSS pixels of a unit: https://www.w3.org/TR/css-values-3/#absolute-lengths */
const pixels: Record<string, number> = {
  "": 1,
  px: 1,
  pt: 96 / 72,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
};

function sizeOf(root: string): { width: number; height: number } | null {
  const attribute = (name: string) =>
    new RegExp(`\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(root)?.[1]?.trim();
  const length = (value: string | undefined): number | null => {
    const [, number, unit = ""] = /^([0-9]*\.?[0-9]+)([a-z]*)$/i.exec(value ?? "") ?? [];
    const factor = pixels[unit.toLowerCase()];
    return number && factor ? Number(number) * factor : null;
  };
  const box = attribute("viewBox")?.split(/[\s,]+/).map(Number);
  const width = length(attribute("width")) ?? box?.[2];
  const height = length(attribute("height")) ?? box?.[3];
  return width && height && width > 0 && height > 0
    ? { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) }
    : null;
}
