/** A point in pixels of the drawing. */
export type Point = readonly [x: number, y: number];

/** Where the joints of the drawn person are, by MoveNet's names. */
export const landmarks = {
  nose: [500, 236],
  left_eye: [527, 208],
  right_eye: [473, 208],
  left_shoulder: [618, 392],
  right_shoulder: [382, 392],
  left_elbow: [690, 596],
  right_elbow: [310, 596],
  left_wrist: [718, 778],
  right_wrist: [282, 778],
  left_hip: [572, 790],
  right_hip: [428, 790],
} as const satisfies Record<string, Point>;

/** How a person may be drawn differently. */
export interface PersonOptions {
  /** Colour of the old top. */
  top?: string;
  /** Colour of the face and hands; a light one unless said. */
  skin?: string;
  hair?: string;
  /** Colour of the trousers; denim unless said. */
  trousers?: string;
  /** Colour of the wall and floor; a grey room unless said. */
  wall?: string;
  /** False: no face, and hair all over the head. */
  face?: boolean;
  /** False: without the plain room behind, for compositions. */
  room?: boolean;
}

/** A frontal person in a long-sleeved top and jeans, arms a little away from the body; 1000 × 1300. */
export function personSvg(options: PersonOptions = {}): string {
  const { wall } = options;
  const behind = options.room === false
    ? ""
    : wall
    ? `<rect width="1000" height="1300" fill="${wall}"/>`
    : room;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1300" viewBox="0 0 1000 1300">
${definitions}${behind}${figure(options)}</svg>`;
}

/** The figure alone, for pictures with several people. */
export function figure(
  { top = "#7c2f3f", face = true, skin, hair, trousers }: PersonOptions = {},
): string {
  const drawn = `<g>${legs}${arms(top)}${torso(top)}${head(face)}</g>`;
  const flat: [string | undefined, RegExp][] = [
    [skin, /url\(#(?:skin|neck)\)|#c98f6c/g],
    [hair, /#3a2418|#2e1c13(?=")/g],
    [trousers, /url\(#denim\)/g],
  ];
  return flat.reduce((svg, [colour, of]) => colour ? svg.replace(of, colour) : svg, drawn);
}

/** Gradients and filters that the parts use; once in a picture. */
export const definitions = `<defs>
<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#d9dde0"/><stop offset="1" stop-color="#b4bcc3"/></linearGradient>
<linearGradient id="floor" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#a39c93"/><stop offset="1" stop-color="#8b847c"/></linearGradient>
<radialGradient id="skin" cx="0.42" cy="0.4" r="0.75"><stop offset="0" stop-color="#eec1a0"/><stop offset="0.7" stop-color="#dba581"/><stop offset="1" stop-color="#b98060"/></radialGradient>
<linearGradient id="side" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#000" stop-opacity="0.32"/><stop offset="0.22" stop-color="#000" stop-opacity="0.05"/><stop offset="0.5" stop-color="#fff" stop-opacity="0.1"/><stop offset="0.8" stop-color="#000" stop-opacity="0.06"/><stop offset="1" stop-color="#000" stop-opacity="0.36"/></linearGradient>
<linearGradient id="denim" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#24364f"/><stop offset="0.3" stop-color="#3d5a80"/><stop offset="0.5" stop-color="#2b4162"/><stop offset="0.72" stop-color="#41618a"/><stop offset="1" stop-color="#20304a"/></linearGradient>
<linearGradient id="neck" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#a06a4c"/><stop offset="0.5" stop-color="#cf9773"/><stop offset="1" stop-color="#dba581"/></linearGradient>
<filter id="soft" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="7"/></filter>
<filter id="faint" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="2.2"/></filter>
</defs>`;

const room =
  `<rect width="1000" height="1300" fill="url(#wall)"/><rect y="1160" width="1000" height="140" fill="url(#floor)"/>
<ellipse cx="510" cy="1285" rx="270" ry="36" fill="#000" opacity="0.3" filter="url(#soft)"/>`;

const legs =
  `<path d="M392 760 Q388 930 396 1310 L492 1310 Q496 1080 500 930 Q504 1080 508 1310 L604 1310 Q612 930 608 760 Z" fill="url(#denim)"/>
<path d="M500 850 L500 1300" stroke="#182638" stroke-width="5" opacity="0.6"/><path d="M430 900 Q450 1050 446 1280 M560 900 Q548 1060 556 1280" stroke="#6b8cb5" stroke-width="6" fill="none" opacity="0.35" filter="url(#faint)"/>`;

function arms(top: string): string {
  const arm = (path: string, fold: string) =>
    `<path d="${path}" fill="${top}"/><path d="${path}" fill="url(#side)"/>
<path d="${fold}" stroke="#000" stroke-width="7" fill="none" opacity="0.22" filter="url(#faint)"/>`;
  const hand = (x: number, flip: number) =>
    `<path d="M${x - 26 * flip} 776 Q${x - 32 * flip} 812 ${x - 20 * flip} 850 Q${x} 884 ${
      x + 20 * flip
    } 862 Q${x + 34 * flip} 820 ${x + 26 * flip} 776 Z" fill="url(#skin)"/>
<path d="M${x - 6 * flip} 830 L${x - 3 * flip} 868 M${x + 8 * flip} 828 L${
      x + 11 * flip
    } 866" stroke="#9c6648" stroke-width="2.5" opacity="0.6"/>`;
  return `${hand(284, 1)}${hand(716, -1)}
${
    arm(
      "M392 356 Q340 368 322 440 L272 600 Q250 690 254 786 L314 790 Q330 690 356 610 L410 470 Z",
      "M284 600 Q310 618 344 608",
    )
  }
${
    arm(
      "M608 356 Q660 368 678 440 L728 600 Q750 690 746 786 L686 790 Q670 690 644 610 L590 470 Z",
      "M716 600 Q690 618 656 608",
    )
  }`;
}

function torso(top: string): string {
  const path =
    "M430 338 Q398 346 366 374 Q370 470 396 560 Q398 700 384 842 Q500 866 616 842 Q602 700 604 560 Q630 470 634 374 Q602 346 570 338 Q500 392 430 338 Z";
  return `<path d="M448 280 L448 352 Q500 404 552 352 L552 280 Z" fill="url(#neck)"/>
<path d="${path}" fill="${top}"/><path d="${path}" fill="url(#side)"/>
<path d="M430 338 Q500 392 570 338" stroke="#000" stroke-width="7" fill="none" opacity="0.35"/>
<path d="M420 500 Q470 560 452 640 M580 520 Q540 590 556 680 M410 720 Q480 752 470 830 M590 730 Q540 760 552 836" stroke="#000" stroke-width="9" fill="none" opacity="0.16" filter="url(#soft)"/>
<path d="M384 828 Q500 852 616 828" stroke="#000" stroke-width="4" fill="none" opacity="0.3"/>`;
}

function head(face: boolean): string {
  if (!face) {
    return `<path d="M404 240 Q396 110 500 104 Q604 110 596 240 Q590 318 500 330 Q410 318 404 240 Z" fill="#3a2418"/>
<path d="M440 130 Q420 230 450 310 M500 116 L500 320 M560 130 Q580 230 550 310" stroke="#5b3b28" stroke-width="6" fill="none" opacity="0.6"/>`;
  }
  return `<path d="M408 250 Q396 104 500 100 Q604 104 592 250 Q588 180 560 160 Q500 190 440 160 Q412 180 408 250 Z" fill="#2e1c13"/>
<ellipse cx="412" cy="226" rx="13" ry="26" fill="#c98f6c"/><ellipse cx="588" cy="226" rx="13" ry="26" fill="#c98f6c"/>
<path d="M416 190 Q414 120 500 122 Q586 120 584 190 Q588 262 556 300 Q526 326 500 326 Q474 326 444 300 Q412 262 416 190 Z" fill="url(#skin)"/>
<path d="M412 210 Q408 116 500 112 Q592 116 588 210 Q578 166 548 154 Q486 176 446 150 Q420 168 412 210 Z" fill="#3a2418"/>
<path d="M452 188 Q472 178 492 188 M508 188 Q528 178 548 188" stroke="#2e1c13" stroke-width="6" fill="none" stroke-linecap="round"/>
<ellipse cx="473" cy="208" rx="15" ry="8" fill="#fbf7f2"/><ellipse cx="527" cy="208" rx="15" ry="8" fill="#fbf7f2"/>
<circle cx="473" cy="208" r="7.5" fill="#4a3222"/><circle cx="527" cy="208" r="7.5" fill="#4a3222"/><circle cx="475" cy="206" r="2.2" fill="#fff"/><circle cx="529" cy="206" r="2.2" fill="#fff"/>
<path d="M456 204 Q473 194 490 204 M510 204 Q527 194 544 204" stroke="#2a1a12" stroke-width="3" fill="none"/>
<path d="M496 212 Q490 236 486 244 Q500 254 514 244 Q510 236 506 216" stroke="#a96f50" stroke-width="4" fill="none" stroke-linecap="round"/>
<path d="M470 276 Q500 288 530 276 Q500 302 470 276 Z" fill="#a8483f"/><path d="M470 276 Q486 268 500 274 Q514 268 530 276 Q500 284 470 276 Z" fill="#bf5f54"/>
<ellipse cx="452" cy="252" rx="20" ry="13" fill="#d9826b" opacity="0.28" filter="url(#faint)"/><ellipse cx="548" cy="252" rx="20" ry="13" fill="#d9826b" opacity="0.28" filter="url(#faint)"/>
<path d="M446 318 Q500 356 554 318 Q540 340 500 344 Q460 340 446 318 Z" fill="#7d4e37" opacity="0.35" filter="url(#faint)"/>`;
}
