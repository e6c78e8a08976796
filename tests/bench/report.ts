import { type Figure, type Latency, type Measurement, reaches } from "./measurement.ts";

/** A measurement and what it gave. */
export interface Row {
  measurement: Measurement;
  figure: Figure;
  /** How long it took, in seconds. */
  took: number;
}

const number = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 10 ? 2 : 1);

/** Whether a measurement must reach something and does; null when it is only reported. */
export function reached({ measurement: { limit }, figure }: Row): boolean | null {
  return limit ? reaches(figure, limit.must, limit) : null;
}

/** One line of the table. */
export function lineOf(row: Row): string {
  const { measurement: { name, limit }, figure } = row;
  const { value, spread, unit, perSecond, latency } = figure;
  const verdict = { true: "ok    ", false: "MISSED", null: "      " }[`${reached(row)}`];
  const wanted = limit
    ? `must ${number(limit.must)}${limit.aim ? `, aim ${number(limit.aim)}` : ""}`
    : "";
  const rest = [
    `${number(spread[0])} to ${number(spread[1])}`,
    perSecond && `${number(perSecond.subject)}/s against ${number(perSecond.baseline)}/s`,
    latency && `p50 p95 p99: ${percentiles(latency.subject)} ms`,
    ...Object.entries(figure.detail ?? {}).map(([what, of]) =>
      `${what}: ${typeof of === "number" ? number(of) : of}`
    ),
  ].filter(Boolean).join("; ");
  return `${verdict} ${name.padEnd(44)} ${`${number(value)} ${unit}`.padEnd(28)} ${
    wanted.padEnd(26)
  } (${rest})`;
}

const percentiles = ({ p50, p95, p99 }: Latency) => [p50, p95, p99].map(number).join(" ");

/** What out/bench.json holds. */
export function reportOf(rows: Row[]): string {
  const figures = rows.map((row) => ({
    name: row.measurement.name,
    ...row.figure,
    limit: row.measurement.limit ?? null,
    reached: reached(row),
    took: row.took,
  }));
  return `${JSON.stringify({ machine: machine(), figures }, null, 2)}\n`;
}

function machine(): Record<string, number | string> {
  const memory = Math.round(Deno.systemMemoryInfo().total / 1e9);
  return { cores: navigator.hardwareConcurrency, memory_gb: memory, system: Deno.build.target };
}
