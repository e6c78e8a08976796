import { type OperationFacts, type Operations, operations } from "./operations.ts";
import type { FunctionCall } from "./transport.ts";

/** The name of an operation in the API's description. */
export type OperationName = keyof Operations;

/** What an operation takes: path, query and body in one. */
export type RequestOf<Name extends OperationName> = Operations[Name]["request"];

/** What an operation answers. */
export type AnswerOf<Name extends OperationName> = Operations[Name]["answer"];

/** Options of a call. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** Options of a call that moves value. */
export interface ActionOptions extends CallOptions {
  /** Names the action, so that a repetition does not act twice. Made up for each call unless given. */
  idempotencyKey?: string;
}

/**
 * The HTTP request of an operation, but for who calls. Called once for all tries of a call, so that they
 * carry one key.
 */
export function requestOf<Name extends OperationName>(
  name: Name,
  request: RequestOf<Name>,
  { idempotencyKey = crypto.randomUUID(), signal }: ActionOptions = {},
): FunctionCall {
  const facts: OperationFacts = operations[name];
  const { method, keyed, takesBody } = facts;
  const { path, rest } = placed(facts, { ...request });
  const search = searchOf(facts.query, rest);
  return {
    method,
    path: search === "" ? path : `${path}?${search}`,
    headers: keyed ? { "idempotency-key": idempotencyKey } : {},
    ...(takesBody ? { body: without(rest, facts.query) } : {}),
    signal,
    // What is sent twice without a key could be done twice.
    repeatable: method !== "POST" || keyed,
  };
}

type Fields = Record<string, unknown>;

/** The path with its names filled in, and the fields that are not in it. */
function placed({ path }: OperationFacts, fields: Fields): { path: string; rest: Fields } {
  const rest = { ...fields };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { path: filled, rest };
}

function searchOf(names: readonly string[], fields: Fields): string {
  const given = names.filter((name) => fields[name] !== undefined);
  return new URLSearchParams(given.map((name) => [name, String(fields[name])])).toString();
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
