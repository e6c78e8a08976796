import { z } from "zod";

/** A known hole in a package that is locked. */
export interface Finding {
  /** The advisory's address or number, by which an exception names it. */
  id: string;
  name: string;
  severity: string;
  title: string;
}

/** A finding that stays, and why it may. */
const exceptions = z.record(z.string(), z.string().min(20));

const report = z.looseObject({
  vulnerabilities: z.record(
    z.string(),
    z.looseObject({
      via: z.array(z.union([
        z.string(),
        z.looseObject({
          name: z.string(),
          severity: z.string(),
          title: z.string(),
          url: z.string().optional(),
          source: z.union([z.number(), z.string()]).optional(),
        }),
      ])),
    }),
  ),
});

/** Severities that are not worth a red build. */
const minor = ["info", "low"];

/**
 * The findings of moderate severity or worse in what `npm audit --json` (version 2) wrote, each once; null when it is no
 * report, because no registry answered.
 */
export function findingsOf(said: unknown): Finding[] | null {
  const read = report.safeParse(said);
  if (!read.success) return null;
  const found = new Map<string, Finding>();
  for (const { via } of Object.values(read.data.vulnerabilities)) {
    for (const advisory of via) {
      if (typeof advisory === "string" || minor.includes(advisory.severity)) continue;
      const { name, severity, title } = advisory;
      const id = advisory.url ?? String(advisory.source ?? title);
      found.set(`${id} ${name}`, { id, name, severity, title });
    }
  }
  return [...found.values()];
}

/** What is to be done about findings. */
export interface Judgement {
  open: Finding[];
  explained: Finding[];
  /** Exceptions for what nobody finds any more. */
  stale: string[];
}

/**
 * Holds findings against the exceptions.
 * @throws ZodError when an exception has no explanation.
 */
export function judge(findings: readonly Finding[], listed: unknown): Judgement {
  const reasons = exceptions.parse(listed);
  const open = findings.filter(({ id }) => !(id in reasons));
  const explained = findings.filter(({ id }) => id in reasons);
  const stale = Object.keys(reasons).filter((id) => !findings.some((finding) => finding.id === id));
  return { open, explained, stale };
}
