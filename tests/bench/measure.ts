/** Calls one unit of work; `index` counts up over the whole run. */
export type Work = (index: number) => Promise<unknown>;

/** Something measured against its baseline. */
export interface Case {
  name: string;
  baseline: Work;
  subject: Work;
}

export interface Figure {
  name: string;
  /** Median over the rounds of subject/baseline, where 1 is as fast as the baseline. */
  ratio: number;
  /** Lowest and highest ratio of a round. */
  spread: [number, number];
  /** Medians in calls a second, for the eye only: machines differ. */
  perSecond: { baseline: number; subject: number };
}

/**
 * Runs subject and baseline in turn, several rounds each, and compares them within each round, so that what slows the
 * machine slows both.
 * @param seconds length of one half of a round
 */
export async function measure(
  { name, baseline, subject }: Case,
  { rounds, seconds, connections }: { rounds: number; seconds: number; connections: number },
): Promise<Figure> {
  const pairs: { baseline: number; subject: number }[] = [];
  await rate(baseline, seconds / 4, connections);
  await rate(subject, seconds / 4, connections);
  for (let round = 0; round < rounds; round++) {
    pairs.push({
      baseline: await rate(baseline, seconds, connections),
      subject: await rate(subject, seconds, connections),
    });
  }
  const ratios = pairs.map((pair) => pair.subject / pair.baseline).sort((a, b) => a - b);
  return {
    name,
    ratio: median(ratios),
    spread: [ratios[0]!, ratios.at(-1)!],
    perSecond: {
      baseline: Math.round(median(pairs.map((pair) => pair.baseline))),
      subject: Math.round(median(pairs.map((pair) => pair.subject))),
    },
  };
}

/** Calls a second over `seconds`, with `connections` loops at once. */
async function rate(work: Work, seconds: number, connections: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let calls = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() < end) await work(calls++);
  }));
  return calls / ((performance.now() - start) / 1000);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
