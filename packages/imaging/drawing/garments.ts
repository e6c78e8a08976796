/** How a garment is drawn. */
export interface GarmentOptions {
  fill: string;
  /** What lies over the fabric, clipped to it. */
  pattern?: "stripes" | "print";
  ground?: "white" | "grey" | "busy";
}

/** The silhouettes that are drawn; 900 × 1000. */
export type Silhouette = "t-shirt" | "long-sleeve" | "tank-top" | "hoodie";

const bodies: Record<Silhouette, string> = {
  "t-shirt":
    "M352 150 Q450 226 548 150 Q620 166 664 196 L812 362 L706 450 L640 372 Q652 620 656 880 Q450 906 244 880 Q248 620 260 372 L194 450 L88 362 L236 196 Q280 166 352 150 Z",
  "long-sleeve":
    "M358 140 Q450 206 542 140 Q612 154 654 186 Q700 230 724 330 L812 800 L716 826 L640 420 Q650 640 652 872 Q450 896 248 872 Q250 640 260 420 L184 826 L88 800 L176 330 Q200 230 246 186 Q288 154 358 140 Z",
  "tank-top":
    "M334 130 Q352 300 450 310 Q548 300 566 130 L624 130 Q622 290 668 372 Q664 640 660 880 Q450 906 240 880 Q236 640 232 372 Q278 290 276 130 Z",
  "hoodie":
    "M346 176 Q330 110 450 96 Q570 110 554 176 Q624 190 668 222 Q716 262 740 350 L826 804 L722 832 L650 440 Q660 660 662 884 Q450 908 238 884 Q240 660 250 440 L178 832 L74 804 L160 350 Q184 262 232 222 Q276 190 346 176 Z",
};

/** A garment laid flat on a ground. */
export function garmentSvg(
  silhouette: Silhouette,
  { fill, pattern, ground = "white" }: GarmentOptions,
): string {
  const path = bodies[silhouette];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="1000" viewBox="0 0 900 1000">
<defs><clipPath id="cloth"><path d="${path}"/></clipPath>
<linearGradient id="fold" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#000" stop-opacity="0.16"/><stop offset="0.3" stop-color="#fff" stop-opacity="0.06"/><stop offset="0.7" stop-color="#fff" stop-opacity="0.05"/><stop offset="1" stop-color="#000" stop-opacity="0.18"/></linearGradient>
<filter id="blur"><feGaussianBlur stdDeviation="6"/></filter></defs>
${grounds[ground]}
<g clip-path="url(#cloth)"><rect width="900" height="1000" fill="${fill}"/>${
    pattern ? patterns[pattern] : ""
  }
<rect width="900" height="1000" fill="url(#fold)"/>
<path d="M300 420 Q360 560 330 760 M600 440 Q548 600 574 780" stroke="#000" stroke-width="10" fill="none" opacity="0.08" filter="url(#blur)"/></g>
<path d="${path}" fill="none" stroke="#000" stroke-width="3" opacity="0.25"/>${
    details[silhouette]
  }</svg>`;
}

const patterns = {
  stripes: Array.from(
    { length: 18 },
    (_, i) => `<rect y="${110 + i * 46}" width="900" height="20" fill="#f4f1ea"/>`,
  ).join(""),
  print:
    `<circle cx="450" cy="480" r="92" fill="#f2b134"/><path d="M380 520 L450 400 L520 520 Z" fill="#d1495b"/><circle cx="450" cy="480" r="30" fill="#fff"/>`,
};

const grounds = {
  white: `<rect width="900" height="1000" fill="#ffffff"/>`,
  grey: `<rect width="900" height="1000" fill="#d6d8da"/>`,
  busy: `<rect width="900" height="1000" fill="#c9a27a"/>${
    Array.from({ length: 14 }, (_, i) =>
      `<rect y="${i * 74}" width="900" height="${34 + (i % 3) * 14}" fill="${
        i % 2 ? "#b88d63" : "#d9b78f"
      }"/><path d="M0 ${20 + i * 74} Q300 ${i * 74 - 8} 900 ${
        36 + i * 74
      }" stroke="#8f6a45" stroke-width="4" fill="none" opacity="0.7"/>`)
      .join("")
  }`,
};

const rib = (path: string) =>
  `<path d="${path}" stroke="#000" stroke-width="4" fill="none" opacity="0.22"/>`;

const details: Record<Silhouette, string> = {
  "t-shirt": rib(
    "M352 150 Q450 226 548 150 M340 156 Q450 250 560 156 M244 858 Q450 884 656 858 M206 436 L100 350 M694 436 L800 350",
  ),
  "long-sleeve": rib(
    "M358 140 Q450 206 542 140 M346 146 Q450 228 554 146 M248 850 Q450 874 652 850 M190 798 L96 774 M710 798 L804 774",
  ),
  "tank-top": rib("M334 130 Q352 300 450 310 Q548 300 566 130 M240 860 Q450 886 660 860"),
  "hoodie": rib(
    "M346 176 Q450 280 554 176 M360 168 Q450 120 540 168 Q450 236 360 168 M424 226 L420 360 M476 226 L480 360 M330 700 L300 812 L600 812 L570 700 Z M238 862 Q450 888 662 862",
  ),
};
