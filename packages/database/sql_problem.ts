import { databaseUnavailable, internalProblem, Problem } from "./problem.ts";
import type { Json } from "./types.ts";

/** An error as Postgres and the Data API report it. */
export interface SqlError {
  /** SQLSTATE, or the driver's name for a connection failure. */
  code?: string;
  message: string;
  detail?: string | null;
  hint?: string | null;
}

/** Errors after which the same call may succeed: no connection, a password being rotated, shutdown, deadlock, time-out. */
const transient =
  /^(08...|28...|53...|57P0[1-5]|57014|40001|40P01|55P03|CONNECT(ION)?_.*|E[A-Z_]{3,}|PGRST00[0-3])$/;

/**
 * What a failed call means to the caller: `PTnnn` is a problem that SQL raised on purpose;
 * a lost connection is `database_unavailable`; all else is `internal`, its text kept for the log.
 */
export function problemOfSqlError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const failure = asSqlError(error);
  const status = /^PT([45]\d\d)$/.exec(failure.code ?? "")?.[1];
  if (status !== undefined) return raisedProblem(Number(status), failure);
  return transient.test(failure.code ?? "") ? databaseUnavailable(error) : internalProblem(error);
}

/**
 * Returns the answer, or throws the refusal inside it. The ledger returns its refusals, because a
 * refused attempt must be recorded: `{"refusal": {"code": …, …extras}}`.
 */
export function refusalOf(answer: Json): Json {
  const refusal = objectOf(objectOf(answer)?.["refusal"]);
  if (refusal === undefined) return answer;
  const { code, detail, ...extra } = refusal;
  const name = typeof code === "string" ? code : "refused";
  throw new Problem(
    name === "insufficient_credits" ? 402 : 409,
    name,
    typeof detail === "string" ? detail : refusalDetail(name),
    { extra },
  );
}

function refusalDetail(code: string): string {
  return code === "insufficient_credits"
    ? "There are not enough credits for this."
    : "The request was refused.";
}

function raisedProblem(status: number, failure: SqlError): Problem {
  const { retry_after: retryAfter, ...extra } = extrasOf(failure.hint);
  return new Problem(status, failure.message, failure.detail ?? failure.message, {
    extra,
    ...(typeof retryAfter === "number" ? { retryAfterSeconds: retryAfter } : {}),
  });
}

function extrasOf(hint: string | null | undefined): Record<string, unknown> {
  if (!hint) return {};
  try {
    return objectOf(JSON.parse(hint)) ?? {};
  } catch {
    // A hint that is not JSON is a sentence for developers and has no extras.
    return {};
  }
}

function asSqlError(error: unknown): SqlError {
  const found = objectOf(error) ?? {};
  const text = (key: string) => typeof found[key] === "string" ? found[key] : undefined;
  const code = text("code");
  return {
    ...(code === undefined ? {} : { code }),
    message: text("message") ?? "unknown",
    detail: text("detail") ?? text("details") ?? null,
    hint: text("hint") ?? null,
  };
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}
