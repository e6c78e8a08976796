import { operations } from "./operations.ts";
import type { OperationName } from "./request.ts";
import type { sleep } from "./transport.ts";

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
  /** For `debit` and `metrics`. Never in a browser. */
  secretKey?: string;
  fetch?: typeof fetch;
  /** Further tries after no answer, 429 or 503; 3 unless said. */
  retries?: number;
  /** Waits between tries; injected by tests. */
  sleep?: typeof sleep;
}

/**
 * The credentials of an operation, asked for anew at each try.
 *
 * @throws TypeError at once, when the options lack what the operation needs.
 */
export function callerOf(options: TesseraOptions) {
  return (name: OperationName): () => Promise<Record<string, string>> => {
    const { secretKey, publishableKey } = options;
    const key: Record<string, string> = publishableKey ? { apikey: publishableKey } : {};
    switch (operations[name].caller) {
      case "anyone":
        return () => Promise.resolve(key);
      case "secret":
        if (!secretKey) throw new TypeError(`${name} needs the option secretKey.`);
        return () => Promise.resolve({ apikey: secretKey });
      case "user":
        return async () => {
          const token = await tokenOf(options);
          return { ...key, ...(token ? { authorization: `Bearer ${token}` } : {}) };
        };
    }
  };
}

async function tokenOf({ supabase, accessToken }: TesseraOptions) {
  if (supabase) return (await supabase.auth.getSession()).data.session?.access_token;
  return typeof accessToken === "function" ? await accessToken() : accessToken;
}
