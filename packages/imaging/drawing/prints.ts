import { word } from "./artwork.ts";

/** What shops send to be printed: drawings of 480 × 480. */
const side = 480;

const svg = (inner: string) =>
  new TextEncoder().encode(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 ${side} ${side}">${inner}</svg>`,
  );

/** A flat badge on a white ground, with letters and thin lines. */
export function badge(): Uint8Array {
  const rays = Array.from({ length: 9 }, (_, i) => {
    const angle = Math.PI * (1 + (i + 0.5) / 9);
    const at = (radius: number) =>
      `${240 + radius * Math.cos(angle)} ${232 + radius * Math.sin(angle)}`;
    return `M${at(98)}L${at(150)}`;
  }).join("");
  return svg(`<rect width="100%" height="100%" fill="#ffffff"/>
<circle cx="240" cy="232" r="196" fill="#1f3a5f"/>
<circle cx="240" cy="232" r="180" fill="none" stroke="#f2c14e" stroke-width="4"/>
<path d="${rays}" stroke="#f2c14e" stroke-width="6" stroke-linecap="round"/>
<circle cx="240" cy="232" r="82" fill="#f2c14e"/>
<path d="M84 320L190 176L240 244L282 200L396 320Z" fill="#c0392b"/>
<path d="M190 176L158 220L180 212L196 228L212 206Z" fill="#f7f3e8"/>
<path d="M282 200L262 222L280 220L292 230L304 223Z" fill="#f7f3e8"/>
<path d="M76 320H404Q392 356 362 384H118Q88 356 76 320Z" fill="#0b6e4f"/>
<path d="M84 332Q240 308 396 332M94 348Q240 326 386 348M108 366Q240 346 372 366" fill="none" stroke="#f7f3e8" stroke-width="2"/>
<path d="M40 392H440L416 424L440 456H40L64 424Z" fill="#c0392b"/>
${word("ROASTER", 120, 406, 36, 7, "#f7f3e8")}`);
}

/** Light on black, whose glow fades into the shirt. */
export function neon(): Uint8Array {
  const tube = (width: number, colour: string) =>
    `<g fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round">
<circle cx="240" cy="196" r="104"/><path d="M52 262Q240 322 432 122"/></g>`;
  return svg(
    `<defs><filter id="glow" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="16"/></filter>
<radialGradient id="planet" cx="0.35" cy="0.3" r="0.9"><stop offset="0" stop-color="#ff9a5a"/><stop offset="0.6" stop-color="#d6336c"/><stop offset="1" stop-color="#3b0a45"/></radialGradient></defs>
<rect width="100%" height="100%" fill="#000000"/>
<g filter="url(#glow)">${tube(26, "#18c8ff")}${word("TESSERA", 60, 376, 54, 18, "#ff2fa0")}</g>
<circle cx="240" cy="196" r="92" fill="url(#planet)"/>${tube(7, "#bdf3ff")}
${word("TESSERA", 60, 376, 54, 7, "#ffd3ec")}`,
  );
}
