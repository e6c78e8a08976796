import { invalidRequest, problem } from "./problem.ts";
import { readAtMost } from "./read_at_most.ts";

/** Objects and arrays inside one another at most. */
const maxDepth = 32;

/**
 * Reads a body of at most `maxBytes`. A declared length that is larger is refused unread; an
 * undeclared one is cut off where it passes the limit.
 *
 * @throws Problem `payload_too_large` 413.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const { headers } = request;
  const length = headers.has("transfer-encoding") ? null : headers.get("content-length");
  // Nothing, a sign or a list would be read as a small number or none.
  const declared = length !== null && /^\d+$/.test(length) ? Number(length) : NaN;
  if (declared > maxBytes) {
    await request.body?.cancel();
    throw tooLarge(maxBytes);
  }
  // A server hands over no more than was declared: nothing has to be counted.
  if (declared <= maxBytes) return await request.bytes();
  const body = await readAtMost(request.body, maxBytes);
  if (!body) throw tooLarge(maxBytes);
  return body;
}

function tooLarge(maxBytes: number) {
  return problem("payload_too_large", `The body may have ${maxBytes} bytes at most.`, {
    extra: { max_bytes: maxBytes },
  });
}

/**
 * Parses JSON in UTF-8 that is nested `maxDepth` deep at most; deeper text is refused unparsed.
 *
 * @throws Problem `invalid_request` 400; 422 for text that cannot be stored.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes);
  if (text.trim() === "") throw unreadable("The body is empty; a JSON object is expected.");
  if (isDeeperThan(text, maxDepth)) {
    throw unreadable(`The body is nested more than ${maxDepth} deep.`);
  }
  const value = parsed(text);
  // Only an escape can bring in what no text of ours may hold, so few bodies are walked.
  if (text.includes("\\u")) requireStorable(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable("The body is not valid JSON.", cause);
  }
}

/**
 * Postgres stores neither NUL nor half of a surrogate pair.
 *
 * @throws Problem `invalid_request` 422 that names where such text is.
 */
export function requireStorable(value: unknown, path: string[] = []): void {
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
    const message = "Text may hold neither NUL nor half a surrogate pair.";
    throw invalidRequest([{ field: path.join(".") || "body", message }]);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) requireStorable(inner, [...path, key]);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable("The body is not UTF-8.", cause);
  }
}

function unreadable(message: string, cause?: unknown) {
  const raised = invalidRequest([{ field: "body", message }], 400);
  if (cause !== undefined) raised.cause = cause;
  return raised;
}

/** Whether brackets outside of strings open more than `limit` deep; stops at the first that does. */
export function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") {
      if (++depth > limit) return true;
    } else if (char === "}" || char === "]") depth--;
  }
  return false;
}
