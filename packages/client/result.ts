import type { Code } from "../http/problem_codes.ts";

/** Codes that the client itself gives, when no answer came. */
export type LocalCode =
  | "network_error"
  | "aborted"
  | "wait_timeout"
  | "unexpected_answer"
  | "no_token";

/** One field that was wrong. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** Why a call did not succeed. Decide by `code`; show `detail`. */
export interface ClientProblem {
  /** The HTTP status; 0 when no answer came. */
  status: number;
  // Servers may be newer than this client, so any other code is possible too.
  code: Code | LocalCode | (string & Record<never, never>);
  detail: string;
  /** Names the request in the server's log. */
  requestId: string | null;
  /** The fields that were wrong, of `invalid_request`. */
  errors: FieldProblem[];
  /** When another try makes sense, in seconds. */
  retryAfterSeconds: number | null;
  /** The other members of the problem document, e.g. `required` and `available`. */
  extra: Record<string, unknown>;
}

/** What every call answers. Nothing is thrown. */
export type Result<T> = { data: T; error: null } | { data: null; error: ClientProblem };

/** A problem that the client found by itself. */
export function localProblem(code: LocalCode, detail: string): ClientProblem {
  const none = { requestId: null, errors: [], retryAfterSeconds: null, extra: {} };
  return { status: 0, code, detail, ...none };
}

/** Reads an answer that is not a success; it may be no problem document, as from a gateway. */
export async function problemOf(response: Response): Promise<ClientProblem> {
  const text = await response.text().catch(() => "");
  const document = objectOf(text);
  const { type: _, title, status: __, code, detail, request_id, errors, ...extra } = document;
  const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
  return {
    status: response.status,
    code: typeof code === "string" ? code : "unexpected_answer",
    detail: String(detail ?? title ?? `The server answered ${response.status}.`),
    requestId: response.headers.get("x-request-id") ??
      (typeof request_id === "string" ? request_id : null),
    errors: Array.isArray(errors) ? errors : [],
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
    extra,
  };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Not JSON, so not ours: the status says enough.
    return {};
  }
}
