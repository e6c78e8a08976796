const elements = /<(\/?)([a-zA-Z!?][^\s>/]*)([^>]*)>/g;
const harmless = new Set([
  "svg",
  "g",
  "path",
  "rect",
  "circle",
  "ellipse",
  "polygon",
  "polyline",
  "line",
  "title",
  "desc",
]);
const attribute = /\s+([a-zA-Z-]+)="([^"<&]*)"/g;
const harmlessAttributes = new Set([
  ..."xmlns version width height viewBox preserveAspectRatio d fill fill-rule fill-opacity stroke stroke-width"
    .split(" "),
  ..."stroke-linecap stroke-linejoin stroke-opacity opacity transform points x y x1 y1 x2 y2 cx cy r rx ry id class"
    .split(" "),
]);

/**
 * Whether a file is an SVG that holds shapes and nothing else: no script, no handlers, no style, no links, no other document. What is not on the
 * list is refused, so nothing has to be known of what could be done with it.
 */
export function isPlainDrawing(bytes: Uint8Array): boolean {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  const body = text.replace(
    /^\uFEFF?\s*(<\?xml version="1\.[01]"( encoding="UTF-8")?\?>\s*)?/i,
    "",
  );
  if (!/^<svg[\s>]/.test(body)) return false;
  for (const [, , name, rest] of body.matchAll(elements)) {
    if (!harmless.has(name!)) return false;
    const left = rest!.replace(
      attribute,
      (whole, key: string, value: string) =>
        harmlessAttributes.has(key) && !/url\s*\(|script:/i.test(value) ? "" : whole,
    );
    if (!/^\s*\/?$/.test(left)) return false;
  }
  // What no element is: nothing but text without markup.
  return !/[<&]/.test(body.replace(elements, ""));
}
