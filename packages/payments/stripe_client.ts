import Stripe from "stripe";
import type { ReadEnv } from "../database/from_env.ts";

/** How to reach Stripe. */
export interface StripeSettings {
  secretKey: string;
  /** Base address; only set to speak to an emulator. */
  apiUrl?: string;
  /** Milliseconds a request may take. */
  timeoutMs?: number;
}

/** A Stripe client that needs nothing but `fetch`, so that it runs on the edge. */
export function stripeClient(settings: StripeSettings): Stripe {
  return new Stripe(settings.secretKey, {
    httpClient: Stripe.createFetchHttpClient(),
    timeout: settings.timeoutMs ?? 10_000,
    maxNetworkRetries: 1,
    telemetry: false,
    ...(settings.apiUrl ? addressOf(settings.apiUrl) : {}),
  });
}

/**
 * The client that STRIPE_SECRET_KEY and, for an emulator, STRIPE_API_URL describe.
 *
 * @throws Error when the key is missing.
 */
export function stripeFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Stripe {
  const apiUrl = read("STRIPE_API_URL");
  return stripeClient({
    secretKey: required("STRIPE_SECRET_KEY", read),
    ...(apiUrl ? { apiUrl } : {}),
  });
}

/** A variable that must be there. */
export function required(
  name: string,
  read: ReadEnv = (variable) => Deno.env.get(variable),
): string {
  const value = read(name);
  if (!value) throw new Error(`The environment lacks ${name}.`);
  return value;
}

function addressOf(apiUrl: string): Pick<Stripe.StripeConfig, "host" | "port" | "protocol"> {
  const { hostname, port, protocol } = new URL(apiUrl);
  const secure = protocol === "https:";
  return {
    host: hostname,
    port: port || (secure ? "443" : "80"),
    protocol: secure ? "https" : "http",
  };
}
