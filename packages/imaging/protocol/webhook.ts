import { setTimeout } from "node:timers/promises";
import { Webhook } from "standardwebhooks";

/** How deliveries are made. */
export interface WebhookSettings {
  /** `whsec_` and base64. */
  secret: string;
  /** Pauses before each further attempt, in milliseconds. */
  retryAfterMs: readonly number[];
  signal: AbortSignal;
  log: (line: string) => void;
}

/** Roughly doubling, about five minutes in all. */
export const defaultRetries = [500, 1_000, 2_000, 5_000, 15_000, 45_000, 120_000, 120_000] as const;

const timeoutMs = 30_000;

/**
 * Posts `body` to `url`, signed as Standard Webhooks asks (which Replicate follows), until the receiver answers 2xx or
 * the attempts are used up. Each attempt carries the same message id.
 */
export async function deliverWebhook(
  url: string,
  body: unknown,
  settings: WebhookSettings,
): Promise<boolean> {
  const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
  const text = JSON.stringify(body);
  for (let attempt = 0; attempt <= settings.retryAfterMs.length; attempt++) {
    if (attempt > 0 && !await pause(settings.retryAfterMs[attempt - 1]!, settings.signal)) {
      return false;
    }
    const status = await post(url, id, text, settings);
    if (status !== null && status >= 200 && status < 300) return true;
    settings.log(`webhook ${id} was answered ${status ?? "by nobody"}`);
  }
  return false;
}

async function post(
  url: string,
  id: string,
  text: string,
  { secret, signal }: WebhookSettings,
): Promise<number | null> {
  const at = new Date();
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, text),
    },
    body: text,
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  }).catch(() => null);
  await response?.body?.cancel();
  return response?.status ?? null;
}

/** Waits; false when the engine stops meanwhile. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return setTimeout(ms, true, { signal }).catch(() => false);
}
