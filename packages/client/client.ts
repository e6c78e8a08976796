import { localProblem, type Result } from "./result.ts";
import type {
  Account,
  Checkout,
  CheckoutRequest,
  Debit,
  DebitRequest,
  Entry,
  StartedTryOn,
  TryOn,
  TryOnRequest,
} from "./shapes.ts";
import { createTransport, type FunctionCall, sleep } from "./transport.ts";

/** As much of a supabase-js client as is needed to know who is signed in. */
export interface SignedIn {
  auth: {
    getSession(): PromiseLike<{ data: { session: { access_token: string } | null } }>;
  };
}

/** How to reach a Tessera project, and as whom. */
export interface TesseraOptions {
  /** The project's address, e.g. `https://abc.supabase.co`. */
  url: string;
  /** For calls of a user. */
  publishableKey?: string;
  /** The user's access token, or how to get a fresh one. */
  accessToken?: string | (() => PromiseLike<string | null> | string | null);
  /** Instead of `accessToken`: the supabase-js client that the user is signed in with. */
  supabase?: SignedIn;
  /** For `debit`. Never in a browser. */
  secretKey?: string;
  fetch?: typeof fetch;
  /** Further tries after no answer, 429 or 503; 3 unless said. */
  retries?: number;
  /** Waits between tries; injected by tests. */
  sleep?: typeof sleep;
}

/** Options of a call that moves value. */
export interface ActionOptions {
  /** Names the action, so that a repetition does not act twice. Made up for each call unless given. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Options of waiting for a try-on. */
export interface WaitOptions {
  /** Milliseconds between looks; 1000 unless said. */
  everyMs?: number;
  /** Milliseconds after which waiting ends with `wait_timeout`; 2 minutes unless said. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Everything a caller can do. Every method answers `{data, error}`; only a call that the options do
 * not provide for (`debit` without `secretKey`) throws.
 */
export interface TesseraClient {
  /** Opens an invoice for an offer; the buyer pays at its `url`. */
  checkout(request: CheckoutRequest, options?: ActionOptions): Promise<Result<Checkout>>;
  /** The caller's balance, grants and newest entries. */
  creditBalance(
    query: { product: string; cursor?: string; page_size?: number },
  ): Promise<Result<Account>>;
  /** The caller's entries page by page, newest first; ends after a page with an error. */
  statement(query: { product: string; page_size?: number }): AsyncGenerator<Result<Entry[]>>;
  tryOn: {
    /** Begins a try-on; its price is held. */
    start(request: TryOnRequest, options?: ActionOptions): Promise<Result<StartedTryOn>>;
    get(id: string, options?: { signal?: AbortSignal }): Promise<Result<TryOn>>;
    /** Looks until the try-on has ended, well or not. */
    wait(id: string, options?: WaitOptions): Promise<Result<TryOn>>;
  };
  /** Charges a holder, as the service: needs `secretKey`. */
  debit(request: DebitRequest, options?: ActionOptions): Promise<Result<Debit>>;
}

/** A client of a Tessera project's functions. */
export function createTesseraClient(options: TesseraOptions): TesseraClient {
  const wait = options.sleep ?? sleep;
  const send = createTransport({
    url: options.url.replace(/\/$/, ""),
    fetch: options.fetch ?? fetch,
    retries: options.retries ?? 3,
    sleep: wait,
  });

  const asUser = <T>(call: Omit<FunctionCall, "headers">, headers: Record<string, string> = {}) =>
    send<T>(async () => ({ ...call, headers: { ...headers, ...await userHeaders(options) } }));

  const act = <T>(path: string, body: unknown, { idempotencyKey, signal }: ActionOptions = {}) =>
    asUser<T>({ method: "POST", path, body, signal }, keyHeader(idempotencyKey));

  const creditBalance: TesseraClient["creditBalance"] = (query) =>
    asUser({ method: "GET", path: `credit-balance?${search(query)}` });

  const get: TesseraClient["tryOn"]["get"] = (id, { signal } = {}) =>
    asUser({ method: "GET", path: `try-on/${encodeURIComponent(id)}`, signal });

  return {
    checkout: (request, how) => act("checkout", request, how),
    creditBalance,
    async *statement(query) {
      let cursor: string | null = null;
      do {
        const page: Result<Account> = await creditBalance({ ...query, ...(cursor && { cursor }) });
        yield page.error ? page : { data: page.data.entries, error: null };
        cursor = page.data?.next_cursor ?? null;
      } while (cursor !== null);
    },
    tryOn: {
      start: (request, how) => act("try-on", request, how),
      get,
      wait: (id, how) => untilEnded(() => get(id, how), wait, how),
    },
    debit(request, { idempotencyKey, signal } = {}) {
      const { secretKey } = options;
      if (!secretKey) throw new TypeError("debit needs the option secretKey.");
      const headers = { ...keyHeader(idempotencyKey), apikey: secretKey };
      const call = {
        method: "POST",
        path: "credit-debit",
        headers,
        body: request,
        signal,
      } as const;
      return send(() => Promise.resolve(call));
    },
  };
}

async function untilEnded(
  look: () => Promise<Result<TryOn>>,
  wait: typeof sleep,
  { everyMs = 1000, timeoutMs = 120_000, signal }: WaitOptions = {},
): Promise<Result<TryOn>> {
  for (let waited = 0;; waited += everyMs) {
    const result = await look();
    if (result.error || !["active", "processing"].includes(result.data.status)) return result;
    if (waited >= timeoutMs) {
      return { data: null, error: localProblem("wait_timeout", "The try-on has not ended yet.") };
    }
    await wait(everyMs, signal);
    if (signal?.aborted) {
      return { data: null, error: localProblem("aborted", "The call was given up.") };
    }
  }
}

async function userHeaders(options: TesseraOptions): Promise<Record<string, string>> {
  const { accessToken, supabase, publishableKey } = options;
  const token = supabase
    ? (await supabase.auth.getSession()).data.session?.access_token
    : typeof accessToken === "function"
    ? await accessToken()
    : accessToken;
  return {
    ...(publishableKey ? { apikey: publishableKey } : {}),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
}

/** One key for all tries of a call. */
function keyHeader(key: string = crypto.randomUUID()): Record<string, string> {
  return { "idempotency-key": key };
}

function search(query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
