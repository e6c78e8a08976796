import { Problem, type ProblemOptions } from "../database/problem.ts";
import { type Code, type ProblemCode, problemCodes } from "./problem_codes.ts";

export { Problem };

/** One field that was wrong, named by its path (`garment.path`) or header. */
export interface FieldError {
  field: string;
  message: string;
}

/**
 * A problem with a code of the table.
 *
 * @param status needed only when the code comes with several.
 */
export function problem(
  code: Code,
  detail: string,
  options: ProblemOptions & { status?: number } = {},
): Problem {
  const row: ProblemCode = problemCodes[code];
  return new Problem(options.status ?? row.statuses[0] ?? 500, code, detail, options);
}

/** `invalid_request` that names each field. 400 for what cannot be read, 422 for wrong values. */
export function invalidRequest(errors: FieldError[], status: 400 | 422 = 422): Problem {
  const [first] = errors;
  const detail = first ? `${first.field}: ${first.message}` : "The request is not valid.";
  return problem("invalid_request", detail, { status, extra: { errors } });
}

/** The RFC 9457 document of a problem. Extras never overwrite the standard members. */
export function problemDocument(raised: Problem, requestId: string): Record<string, unknown> {
  const row: ProblemCode | undefined = Object.hasOwn(problemCodes, raised.code)
    ? problemCodes[raised.code as Code]
    : undefined;
  return {
    ...fieldAsErrors(raised),
    type: `urn:tessera:problem:${raised.code}`,
    title: row?.title ?? raised.code,
    status: raised.status,
    detail: raised.detail,
    code: raised.code,
    request_id: requestId,
  };
}

/** SQL names one field in `field`; documents list fields in `errors`. */
function fieldAsErrors(raised: Problem): Record<string, unknown> {
  const { field, ...extra } = raised.extra;
  return typeof field === "string" && !("errors" in extra)
    ? { ...extra, errors: [{ field, message: raised.detail }] }
    : raised.extra;
}

/** The answer that carries a problem, with `Retry-After` where trying again makes sense. */
export function problemResponse(raised: Problem, requestId: string): Response {
  const headers = new Headers({ "Content-Type": "application/problem+json" });
  const retryAfter = raised.retryAfterSeconds ??
    (raised.status === 429 || raised.status === 503 ? 2 : undefined);
  if (retryAfter !== undefined) headers.set("Retry-After", String(Math.ceil(retryAfter)));
  if (raised.status === 401) headers.set("WWW-Authenticate", "Bearer");
  const allow = raised.extra["allow"];
  if (Array.isArray(allow)) headers.set("Allow", allow.join(", "));
  return new Response(JSON.stringify(problemDocument(raised, requestId)), {
    status: raised.status,
    headers,
  });
}
