import type { Stage } from "./stage.ts";

/** What a figure has to be, and what would be good. */
export interface Limit {
  must: number;
  aim?: number;
  /** Whether less is better, as with times and memory. */
  atMost?: boolean;
}

/** What was measured. */
export interface Figure {
  /** Median of the rounds: a ratio to the baseline, or a plain number, as `unit` says. */
  value: number;
  /** Lowest and highest value of a round. */
  spread: [lowest: number, highest: number];
  /** What the value counts, as in "0.61 of the floor" or "212 MB". */
  unit: string;
  /** Calls a second, for the eye only: machines differ. */
  perSecond?: { baseline: number; subject: number };
  /** How long single calls took, in milliseconds, over all rounds. */
  latency?: { baseline?: Latency; subject: Latency };
  /** What else is worth knowing, by name. */
  detail?: Record<string, number | string>;
}

/** Percentiles of the time of a call, in milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/** Something that can be measured by its name. */
export interface Measurement {
  name: string;
  /** Without one the figure is only reported. */
  limit?: Limit;
  run(stage: Stage): Promise<Figure>;
}

/** Whether a figure reaches a limit. */
export function reaches({ value }: Figure, wanted: number, { atMost = false }: Limit): boolean {
  return atMost ? value <= wanted : value >= wanted;
}

/** The middle of some values. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The figure of values that were measured round by round. */
export function figureOf(values: number[], unit: string): Figure {
  return {
    value: median(values),
    spread: [Math.min(...values), Math.max(...values)],
    unit,
  };
}
