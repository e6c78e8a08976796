import { redact } from "./redact.ts";

/** Members of a log line. Secrets in them are redacted. */
export type LogFields = Record<string, unknown>;

/** Writes one JSON line an event. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with members that every line carries. */
  with(fields: LogFields): Logger;
}

/** A logger that hands each finished line to `write`. */
export function createLogger(write: (line: string) => void, shared: LogFields = {}): Logger {
  const line = (level: string) => (event: string, fields: LogFields = {}) => {
    const members = redact({ ...shared, ...fields }) as LogFields;
    write(JSON.stringify({ time: new Date().toISOString(), level, event, ...members }));
  };
  return {
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    with: (fields) => createLogger(write, { ...shared, ...fields }),
  };
}

/** The edge runtime's log: what is written to the console is kept by the platform. */
export const edgeLogger: Logger = createLogger((line) => {
  // deno-lint-ignore no-console -- the only sink that an edge function has
  console.log(line);
});
