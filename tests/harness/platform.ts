import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { testPlatform } from "./environment.ts";

/** A client whose schema is not typed: tests ask for any table and function by name. */
// deno-lint-ignore no-explicit-any -- supabase-js spells "no generated types" this way
export type Client = SupabaseClient<any, any, any>;

/** A person who has signed up and is signed in. */
export interface User {
  id: string;
  email: string;
  /** The access token that Auth gave. */
  token: string;
  client: Client;
}

const options = { auth: { persistSession: false, autoRefreshToken: false } };

/** A client that nobody is signed in with. */
export function anonymous(): Client {
  const { api_url, publishable_key } = testPlatform();
  return createClient(api_url, publishable_key, options);
}

/** A client with the secret key: the service role. */
export function service(): Client {
  const { api_url, secret_key } = testPlatform();
  return createClient(api_url, secret_key, options);
}

/** Signs a new person up by e-mail, as an application would. */
export async function newUser(): Promise<User> {
  const client = anonymous();
  const email = `${crypto.randomUUID()}@example.com`;
  const { data, error } = await client.auth.signUp({ email, password: crypto.randomUUID() });
  if (error || !data.user || !data.session) throw error ?? new Error("sign-up gave no session");
  return { id: data.user.id, email, token: data.session.access_token, client };
}

/** Who calls a function: nobody, a person, or a holder of one of the secret keys. */
export type Caller = User | "nobody" | "secret" | "automations";

/** A request to a function; `body` is sent as JSON unless it is bytes or text. */
export interface FunctionRequest {
  method?: string;
  caller?: Caller;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sent as the Idempotency-Key header. */
  key?: string;
}

/** Calls a function by its path after /functions/v1/, as an HTTP client would. */
export function callFunction(path: string, request: FunctionRequest = {}): Promise<Response> {
  const { functions_url } = testPlatform();
  const headers = new Headers(keysOf(request.caller ?? "nobody"));
  const { body } = request;
  const raw = typeof body === "string" || body instanceof Uint8Array ||
    body instanceof ReadableStream;
  if (body !== undefined && !raw) headers.set("content-type", "application/json");
  if (request.key !== undefined) headers.set("idempotency-key", request.key);
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return fetch(`${functions_url}/${path}`, {
    method: request.method ?? (body === undefined ? "GET" : "POST"),
    headers,
    body: body === undefined ? null : raw ? body as BodyInit : JSON.stringify(body),
    redirect: "manual",
  });
}

/** Calls a function and reads its JSON. */
export async function callJson<T = Record<string, unknown>>(
  path: string,
  request: FunctionRequest = {},
): Promise<{ status: number; headers: Headers; body: T }> {
  const answer = await callFunction(path, request);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

function keysOf(caller: Caller): Record<string, string> {
  const { publishable_key, secret_key, automations_key } = testPlatform();
  if (caller === "nobody") return {};
  if (caller === "secret") return { apikey: secret_key };
  if (caller === "automations") return { apikey: automations_key };
  return { apikey: publishable_key, authorization: `Bearer ${caller.token}` };
}

/** Connections to the platform's own database as the role postgres, for what HTTP does not show. */
export function platformDatabase(): postgres.Sql {
  return postgres(testPlatform().db_url, { max: 4, onnotice: () => {} });
}

/**
 * Moves the platform's clock forward by a Postgres interval; jobs that became due run once, promptly.
 * Never back, and by hours at most: every test shares this clock, what happened in the future stays (rate
 * limits, leases), and Stripe's clock does not move along.
 */
export async function advanceClock(by: string): Promise<void> {
  const sql = platformDatabase();
  await sql`select platform.advance_clock(${by}::interval)`;
  await sql.end();
}

/** From now on the functions reach this server as Telegram's; null: nobody answers them. */
export async function telegramIs(url: string | null): Promise<void> {
  const answer = await fetch(testPlatform().control_url, {
    method: "PUT",
    body: JSON.stringify(url),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Loads the functions anew with changes to their environment; put them back when done. */
export async function restartFunctions(changes: Record<string, string | null>): Promise<void> {
  const answer = await fetch(testPlatform().control_url, {
    method: "POST",
    body: JSON.stringify(changes),
  });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.body?.cancel();
}
