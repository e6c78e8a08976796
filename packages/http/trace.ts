/** Where a piece of work stands in a trace (W3C Trace Context, level 1). */
export interface Trace {
  /** 32 hexadecimal digits, the same for all that belongs together. */
  traceId: string;
  /** 16 hexadecimal digits, this piece of work's own. */
  spanId: string;
  /** Two hexadecimal digits; 01: somebody records this trace. */
  flags: string;
}

const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * A new span of the trace that `traceparent` names, or of a new trace when it names none.
 *
 * @param traceparent as a caller sent it; what is not of version 00's form is ignored, as
 * https://www.w3.org/TR/trace-context/#traceparent-header asks.
 */
export function spanOf(traceparent: string | null | undefined): Trace {
  const [, traceId = randomHex(16), , flags = "00"] = form.exec(traceparent ?? "") ?? [];
  return { traceId, spanId: randomHex(8), flags };
}

/** The header by which the next one learns of a trace. */
export function traceparentOf({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/**
 * A trace as members of a log line, by the names that OpenTelemetry gives them outside its own
 * protocol (https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
 */
export function traceFields({ traceId, spanId, flags }: Trace): Record<string, string> {
  return { trace_id: traceId, span_id: spanId, trace_flags: flags };
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
