import { type Figure, figureOf, type Latency, median } from "./measurement.ts";

/** Does one unit of work; `index` counts up over the whole run. */
export type Work = (index: number) => Promise<unknown>;

/** Two things that do the same work. */
export interface Pair {
  baseline: Work;
  subject: Work;
  /** What the ratio is told of: "of the floor". */
  unit: string;
}

/** How long and with how much at once. */
export interface Settings {
  rounds: number;
  /** Length of one half of a round. */
  seconds: number;
  /** Calls under way at once. */
  connections: number;
}

/** Many short rounds: whatever else slows the machine then slows both halves of most of them. */
export const usual: Settings = { rounds: 13, seconds: 0.5, connections: 20 };

/**
 * Runs baseline and subject in turn and compares them within each round, the second half first in every other one, so
 * that what slows the machine slows both.
 */
export async function compare(pair: Pair, settings = usual): Promise<Figure> {
  const baseline = new Half(pair.baseline, settings);
  const subject = new Half(pair.subject, settings);
  for (const half of [baseline, subject]) await half.warmUp();
  for (let round = 0; round < settings.rounds; round++) {
    for (const half of round % 2 ? [subject, baseline] : [baseline, subject]) await half.run();
  }
  const ratios = subject.rates.map((rate, round) => rate / baseline.rates[round]!);
  return {
    ...figureOf(ratios, pair.unit),
    perSecond: { baseline: rounded(baseline.rates), subject: rounded(subject.rates) },
    latency: { baseline: baseline.latency(), subject: subject.latency() },
  };
}

/** Calls a second of one thing by itself. */
export async function rateOf(work: Work, settings = usual): Promise<Figure> {
  const half = new Half(work, settings);
  await half.warmUp();
  for (let round = 0; round < settings.rounds; round++) await half.run();
  return { ...figureOf(half.rates, "a second"), latency: { subject: half.latency() } };
}

/** One side of a comparison, and what was measured of it. */
class Half {
  readonly rates: number[] = [];
  #times: number[] = [];
  #calls = 0;

  constructor(readonly work: Work, readonly settings: Settings) {}

  async warmUp(): Promise<void> {
    await this.run();
    this.rates.length = 0;
    this.#times.length = 0;
  }

  async run(): Promise<void> {
    const { seconds, connections } = this.settings;
    const start = performance.now();
    const end = start + seconds * 1000;
    const before = this.#times.length;
    await Promise.all(Array.from({ length: connections }, async () => {
      for (let from = performance.now(); from < end;) {
        await this.work(this.#calls++);
        const now = performance.now();
        this.#times.push(now - from);
        from = now;
      }
    }));
    this.rates.push((this.#times.length - before) / ((performance.now() - start) / 1000));
  }

  latency(): Latency {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

function rounded(rates: number[]): number {
  return Math.round(median(rates));
}
