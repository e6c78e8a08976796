import { admin } from "./admin.ts";
import { callerOf, type TesseraOptions } from "./caller.ts";
import { person } from "./person.ts";
import {
  type ActionOptions,
  type AnswerOf,
  type OperationName,
  type RequestOf,
  requestOf,
} from "./request.ts";
import type { Result } from "./result.ts";
import { createTransport, sleep } from "./transport.ts";

/** Calls one operation of the API. */
export type Call = <Name extends OperationName>(
  name: Name,
  request: RequestOf<Name>,
  options?: ActionOptions,
) => Promise<Result<AnswerOf<Name>>>;

/** Everything a caller can do. */
export type TesseraClient = ReturnType<typeof createTesseraClient>;

/**
 * A client of a Tessera project's functions. Every method answers `{data, error}`; only a call that the
 * options do not provide for (`debit` without `secretKey`) throws.
 */
export function createTesseraClient(options: TesseraOptions) {
  const wait = options.sleep ?? sleep;
  const send = createTransport({
    url: options.url.replace(/\/$/, ""),
    fetch: options.fetch ?? fetch,
    retries: options.retries ?? 3,
    sleep: wait,
  });
  const caller = callerOf(options);

  const call: Call = (name, request, how) => {
    const made = requestOf(name, request, how);
    const credentials = caller(name);
    return send(async () => ({
      ...made,
      headers: { ...made.headers, ...await credentials() },
    }));
  };
  return { call, ...person(call, wait), admin: admin(call) };
}
