/** One number with its labels. */
export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/** A gauge and its samples. */
export interface Gauge {
  /** Of `[a-z_]`, with its unit at the end. */
  name: string;
  help: string;
  samples: readonly Sample[];
}

/**
 * Gauges in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */
export function exposition(gauges: readonly Gauge[]): string {
  return gauges.map(({ name, help, samples }) =>
    [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...samples.map(({ labels, value }) => `${name}${labelled(labels)} ${value}`),
      "",
    ].join("\n")
  ).join("");
}

function labelled(labels: Record<string, string> = {}): string {
  const each = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return each.length === 0 ? "" : `{${each.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
