import type { Reading } from "./gauges.ts";
import type { Call } from "./virtual_user.ts";

/** What is told of the calls of one kind, in milliseconds. */
export interface Latency {
  calls: number;
  errors: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What a load came to. */
export interface Verdict {
  seconds: number;
  users: number;
  perSecond: number;
  all: Latency;
  byKind: Record<string, Latency>;
  /** Calls that failed, and the second of the load in which they did. */
  failures: string[];
  /** Memory of the functions in megabytes, and connections, in the second and in the last of the load's fifths. */
  second: Reading;
  last: Reading;
  /** What was missed; empty when the load was borne. */
  missed: string[];
}

/** Readings with the moment at which they were taken, in milliseconds since the load began. */
export type Sample = Reading & { at: number };

/**
 * Judges a load: no error, 99 of 100 calls within 20 times the median, memory in the last fifth within 5 % of the
 * second, no more connections than then.
 */
export function judge(
  { calls, samples, seconds, users }: {
    calls: readonly Call[];
    samples: readonly Sample[];
    seconds: number;
    users: number;
  },
): Verdict {
  const kinds = Map.groupBy(calls, ({ what }) => what);
  const all = latencyOf(calls);
  const fifth = (number: number) => {
    const part = seconds * 200;
    return meanOf(samples.filter(({ at }) => at >= (number - 1) * part && at < number * part));
  };
  const [second, last] = [fifth(2), fifth(5)];
  const missed: string[] = [];
  if (all.errors > 0) missed.push(`${all.errors} of ${all.calls} calls failed`);
  if (all.p99 >= 20 * all.p50) missed.push("the 99th percentile is 20 medians or more");
  if (last.functions > 1.05 * second.functions) missed.push("the memory of the functions grows");
  if (last.connections > second.connections + 1) missed.push("connections are not given back");
  return {
    seconds,
    users,
    perSecond: calls.length / seconds,
    all,
    failures: calls.filter(isFailure).map(({ what, status, failure, at }) =>
      `${what}: ${status} ${failure} at ${Math.round(at / 1000)} s`
    ),
    byKind: Object.fromEntries([...kinds].sort().map(([kind, own]) => [kind, latencyOf(own)])),
    second,
    last,
    missed,
  };
}

function isFailure({ status }: Call): boolean {
  return status < 200 || status >= 300;
}

function latencyOf(calls: readonly Call[]): Latency {
  const times = calls.map(({ took }) => took).sort((a, b) => a - b);
  const quantile = (share: number) =>
    round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  return {
    calls: calls.length,
    errors: calls.filter(isFailure).length,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: round(times.at(-1) ?? 0),
  };
}

function meanOf(samples: readonly Sample[]): Reading {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / Math.max(1, samples.length);
  return {
    functions: round(mean(({ functions }) => functions) / 2 ** 20),
    connections: Math.round(mean(({ connections }) => connections)),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
