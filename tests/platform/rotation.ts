import { callJson, restartFunctions } from "../harness/platform.ts";

/** Variables of the functions' environment; null makes one what it was at first. */
export type Environment = Record<string, string | null>;

/** A secret that nobody used before. */
export const freshSecret = (prefix: string) => prefix + crypto.randomUUID().replaceAll("-", "");

/** Loads the functions with other secrets, and at the end with those of `before`. */
export async function withSecrets(
  secrets: Environment,
  before: Environment,
  work: () => Promise<void>,
): Promise<void> {
  await restartFunctions(secrets);
  try {
    await work();
  } finally {
    await restartFunctions(before);
  }
}

/** The same, and at the end with what was there at first. */
export function withOtherSecrets(secrets: Environment, work: () => Promise<void>): Promise<void> {
  return withSecrets(secrets, asAtFirst(secrets), work);
}

/** What puts these variables back. */
export function asAtFirst(secrets: Environment): Environment {
  return Object.fromEntries(Object.keys(secrets).map((name) => [name, null]));
}

/** Calls a function and tells the status alone. */
export async function statusOf(
  path: string,
  request: Parameters<typeof callJson>[1],
): Promise<number> {
  return (await callJson(path, request)).status;
}
