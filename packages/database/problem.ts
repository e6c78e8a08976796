/** What a problem may carry besides its status, code and sentence. */
export interface ProblemOptions {
  /** Members added to the problem document, e.g. `required` and `available`. */
  extra?: Record<string, unknown>;
  /** When the caller may try again, in seconds; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** What went wrong underneath. Logged, never sent. */
  cause?: unknown;
}

/**
 * The one error that callers see: a status, a stable code and a sentence for people. SQL raises it,
 * packages throw it, and the HTTP layer turns it into an RFC 9457 document.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly extra: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.extra = options.extra ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The database cannot be reached or asks for another try; nothing is known to have changed. */
export function databaseUnavailable(cause: unknown): Problem {
  return new Problem(503, "database_unavailable", "The database does not answer. Try again.", {
    retryAfterSeconds: 2,
    cause,
  });
}

/** A fault of ours. The cause goes to the log, never to the caller. */
export function internalProblem(cause: unknown): Problem {
  return new Problem(500, "internal", "Something went wrong on our side.", { cause });
}
