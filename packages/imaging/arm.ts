import { between, distance, type Mask, type Point } from "./raster.ts";

/** An arm as a bent strip: where along it and how far across a pixel is. */
export interface ArmStrip {
  /** Length from the joint to the wrist, in pixels. */
  length: number;
  /** Half widths to the outer and inner side at a place along the arm, 0 to 1. */
  half(t: number): { outer: number; inner: number };
  /** Place along the arm (0 joint, 1 wrist) and signed distance from its axis, outward positive. */
  locate(x: number, y: number): { t: number; across: number };
  /** The pixels that can be on it. */
  box: { left: number; top: number; right: number; bottom: number };
}

const samples = 24;

/**
 * The strip from a shoulder joint over the elbow to the wrist. Its width is read off the person's mask, from the axis outward; to the inner
 * side only where the arm stands free.
 * @param outward -1 when the arm is on the picture's left
 * @param usual half width where the mask says nothing, in pixels
 */
export function armStrip(
  mask: Mask,
  joint: Point,
  elbow: Point,
  wrist: Point,
  outward: -1 | 1,
  usual: number,
): ArmStrip {
  const upper = distance(joint, elbow);
  const length = upper + distance(elbow, wrist);
  const bend = upper / length;
  const axis = (t: number) =>
    t < bend ? between(joint, elbow, t / bend) : between(elbow, wrist, (t - bend) / (1 - bend));
  const direction = (t: number) => {
    // Around the elbow the direction turns gradually.
    const [a, b] = [axis(Math.max(t - 0.08, 0)), axis(Math.min(t + 0.08, 1))];
    const d = distance(a, b) || 1;
    return { x: (b.x - a.x) / d, y: (b.y - a.y) / d };
  };
  const normal = (t: number) => {
    const { x, y } = direction(t);
    const across = { x: -y, y: x };
    return across.x * outward >= 0 ? across : { x: -across.x, y: -across.y };
  };
  const reach = (t: number, sign: 1 | -1) => {
    const [at, n] = [axis(t), normal(t)];
    const most = usual * 2.2;
    for (let d = 0; d < most; d++) {
      const [x, y] = [Math.round(at.x + sign * n.x * d), Math.round(at.y + sign * n.y * d)];
      if (
        x < 0 || y < 0 || x >= mask.width || y >= mask.height ||
        mask.values[y * mask.width + x]! < 0.5
      ) return d;
    }
    return null;
  };
  const widths = Array.from({ length: samples + 1 }, (_, i) => {
    const t = i / samples;
    const outer = Math.max(reach(t, 1) ?? usual, usual * 0.4);
    const inner = reach(t, -1);
    return {
      outer,
      inner: inner === null || inner > outer * 2 ? outer : Math.max(inner, usual * 0.4),
    };
  });
  const even = widths.map((_, i) => {
    const near = widths.slice(Math.max(0, i - 2), i + 3);
    const mean = (side: "outer" | "inner") =>
      near.reduce((sum, width) => sum + width[side], 0) / near.length;
    return { outer: mean("outer"), inner: mean("inner") };
  });
  const margin = usual * 2.5;
  const ends = [joint, elbow, wrist];
  return {
    length,
    half(t) {
      const at = Math.min(Math.max(t, 0), 1) * samples;
      const [a, b, f] = [even[Math.floor(at)]!, even[Math.ceil(at)]!, at - Math.floor(at)];
      return { outer: a.outer + (b.outer - a.outer) * f, inner: a.inner + (b.inner - a.inner) * f };
    },
    locate(x, y) {
      let [bestT, best] = [0, Infinity];
      for (const [a, b, from, to] of [[joint, elbow, 0, bend], [elbow, wrist, bend, 1]] as const) {
        const [dx, dy] = [b.x - a.x, b.y - a.y];
        const raw = ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1);
        // Before the joint and beyond the wrist the strip goes straight on.
        const t = Math.min(Math.max(raw, from === 0 ? -0.5 : 0), to === 1 ? 1.5 : 1);
        const d = Math.hypot(a.x + dx * t - x, a.y + dy * t - y);
        if (d < best) [bestT, best] = [from + (to - from) * t, d];
      }
      const n = normal(Math.min(Math.max(bestT, 0), 1));
      const at = axis(Math.min(Math.max(bestT, 0), 1));
      const sign = (x - at.x) * n.x + (y - at.y) * n.y >= 0 ? 1 : -1;
      return { t: bestT, across: sign * best };
    },
    box: {
      left: Math.max(0, Math.floor(Math.min(...ends.map((p) => p.x)) - margin)),
      top: Math.max(0, Math.floor(Math.min(...ends.map((p) => p.y)) - margin)),
      right: Math.min(mask.width - 1, Math.ceil(Math.max(...ends.map((p) => p.x)) + margin)),
      bottom: Math.min(mask.height - 1, Math.ceil(Math.max(...ends.map((p) => p.y)) + margin)),
    },
  };
}
