import { type ClientProblem, localProblem, problemOf, type Result } from "./result.ts";

/** A request to a function. */
export interface FunctionCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /functions/v1/. */
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Whether doing it twice is doing it once. */
  repeatable: boolean;
}

/** How calls are made. */
export interface TransportOptions {
  /** The project's address. */
  url: string;
  fetch: typeof fetch;
  /** Further tries after the first. */
  retries: number;
  /** Waits; injected so that tests need not. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Sends a call and reads its JSON. */
export type Transport = <T>(call: () => Promise<FunctionCall>) => Promise<Result<T>>;

/** Statuses after which the same request may succeed. */
const retriable = new Set([0, 429, 502, 503, 504]);

/** Of these, those that say that nothing was done. */
const undone = new Set([429]);

/** No pause is longer, in milliseconds, whatever the server asks for. */
const longestPause = 30_000;

/**
 * Calls functions, again where that is safe: after no answer, 429, 502, 503 and 504 (after 429 alone where
 * a second call could act twice), with the pause that the server names or a growing one. `call` is asked anew for each try, so that tokens are fresh.
 */
export function createTransport(options: TransportOptions): Transport {
  return async <T>(call: () => Promise<FunctionCall>): Promise<Result<T>> => {
    for (let attempt = 0;; attempt++) {
      let request: FunctionCall;
      try {
        request = await call();
      } catch (cause) {
        return { data: null, error: localProblem("no_token", messageOf(cause)) };
      }
      const result = await send<T>(options, request);
      if (result.error === null) return result;
      const statuses = request.repeatable ? retriable : undone;
      if (!statuses.has(result.error.status)) return result;
      if (attempt >= options.retries || request.signal?.aborted) return result;
      await options.sleep(pauseAfter(result.error, attempt), request.signal);
    }
  };
}

async function send<T>(options: TransportOptions, call: FunctionCall): Promise<Result<T>> {
  const headers = { ...call.headers, accept: "application/json" };
  const body = call.body === undefined ? {} : {
    body: JSON.stringify(call.body),
    headers: { ...headers, "content-type": "application/json" },
  };
  try {
    const response = await options.fetch(`${options.url}/functions/v1/${call.path}`, {
      method: call.method,
      headers,
      signal: call.signal ?? null,
      ...body,
    });
    if (!response.ok) return { data: null, error: await problemOf(response) };
    return { data: await bodyOf(response) as T, error: null };
  } catch (cause) {
    const problem = call.signal?.aborted
      ? localProblem("aborted", "The call was given up.")
      : localProblem("network_error", `No answer came: ${messageOf(cause)}`);
    return { data: null, error: problem };
  }
}

/** JSON, text, or undefined when the answer has no body. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const isText = response.headers.get("content-type")?.startsWith("text/") ?? false;
  return await (isText ? response.text() : response.json());
}

function pauseAfter(problem: ClientProblem, attempt: number): number {
  const asked = problem.retryAfterSeconds;
  const grown = 500 * 2 ** attempt * (0.5 + Math.random() / 2);
  return Math.min(asked === null ? grown : asked * 1000, longestPause);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Waits for `ms` milliseconds, or until the signal. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
