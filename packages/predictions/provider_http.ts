import { ProviderError } from "./provider_error.ts";

/** How to reach a provider's HTTP API. */
export interface ProviderApi {
  /** Shown in errors. */
  name: string;
  baseUrl: string;
  token: string;
  timeoutMs?: number;
}

/**
 * Calls a provider's JSON API with its bearer token.
 *
 * @returns the JSON that it answered.
 * @throws ProviderError: transient when it does not answer, is overloaded (429) or fails (5xx);
 * permanent for every other answer but 2xx.
 */
export async function callProvider(
  api: ProviderApi,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const unreachable = (cause: unknown) =>
    new ProviderError("provider_unavailable", `${api.name} does not answer.`, {
      transient: true,
      cause,
    });
  const response = await fetch(api.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(api.timeoutMs ?? 15_000),
    redirect: "error",
  }).catch((cause) => {
    throw unreachable(cause);
  });
  if (response.ok) {
    return await response.json().catch((cause) => {
      throw unreachable(cause);
    });
  }
  await response.body?.cancel();
  const transient = response.status === 429 || response.status >= 500;
  const retryAfter = Number(response.headers.get("retry-after"));
  throw new ProviderError(
    transient ? "provider_unavailable" : "provider_refused",
    `${api.name} answered ${response.status}.`,
    { transient, retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined },
  );
}
