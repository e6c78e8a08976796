/** Letters of straight strokes on a grid of 4 × 6, so that drawings need no font. */
const strokes: Record<string, string> = {
  T: "M0 0H4M2 0V6",
  E: "M4 0H0V6H4M0 3H3",
  S: "M4 0H0V3H4V6H0",
  R: "M0 6V0H4V3H0L4 6",
  A: "M0 6L2 0L4 6M1 4H3",
  O: "M0 0H4V6H0Z",
};

/** A word in block letters of `height` pixels with strokes of `weight` pixels. */
export function word(
  text: string,
  x: number,
  y: number,
  height: number,
  weight: number,
  colour: string,
): string {
  const unit = height / 6;
  const letters = [...text].map((letter, i) =>
    `<path transform="translate(${x + i * unit * 6} ${y}) scale(${unit})" d="${strokes[letter]}"/>`
  ).join("");
  return `<g fill="none" stroke="${colour}" stroke-width="${
    weight / unit
  }" stroke-linejoin="miter">${letters}</g>`;
}

/** A flat logo of 800 × 600 without a ground: shapes, a word, small print, and lines of one to three pixels. */
export function flatLogo(): string {
  return `<circle cx="260" cy="280" r="170" fill="#c0392b"/>
<path d="M120 420L400 120L640 470Z" fill="#1f3a5f"/>
<circle cx="330" cy="330" r="46" fill="none" stroke="#f2c14e" stroke-width="14"/>
${word("TESSERA", 400, 60, 60, 10, "#222222")}${word("ROAST", 430, 150, 18, 2, "#222222")}
<path d="M60 540Q300 470 740 525" fill="none" stroke="#111111" stroke-width="3"/>
<path d="M60 560H740" stroke="#0b6e4f" stroke-width="1"/><path d="M60 574L740 566" stroke="#7a1f5c" stroke-width="2"/>`;
}

/** An SVG document of 800 × 600 unless said; `ground` is a colour, or nothing. */
export function document(inner: string, ground?: string, width = 800, height = 600): Uint8Array {
  const behind = ground ? `<rect width="100%" height="100%" fill="${ground}"/>` : "";
  return new TextEncoder().encode(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 800 600">${behind}${inner}</svg>`,
  );
}
