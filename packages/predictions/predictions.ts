import { createClient } from "@supabase/supabase-js";
import type { Session } from "../database/database.ts";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { functionsUrl } from "../http/functions_url.ts";
import { type Trace, traceparentOf } from "../http/trace.ts";
import { downloadArtwork, downloadOutput } from "./download.ts";
import type { PredictionDeps, PredictionKind } from "./kind.ts";
import type { PredictionProvider } from "./provider.ts";
import { providerFromEnv, providerNamed } from "./provider_from_env.ts";

/** Providers, and what submitting and settling their predictions takes. */
export interface Predictions {
  /** Who does an operation. @throws ProviderError `provider_unavailable` while nobody does. */
  providerOf(operation: string): PredictionProvider;
  /** The provider of this name; undefined for one that nobody knows. @throws ProviderError when its settings are missing. */
  providerNamed(name: string): PredictionProvider | undefined;
  /** The address of the function `prediction-webhook`, as providers reach it. */
  webhookBase: string;
  depsFor(service: Session, provider: PredictionProvider): PredictionDeps;
}

/**
 * Predictions as the environment describes them. FUNCTIONS_PUBLIC_URL is where providers reach our
 * functions; without it, SUPABASE_URL/functions/v1.
 *
 * @throws Error naming the variable that is missing.
 */
export function predictionsFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Predictions {
  const url = read("SUPABASE_URL");
  if (!url) throw new Error("The environment lacks SUPABASE_URL.");
  const { storage } = createClient(url, defaultKey("SUPABASE_SECRET_KEYS", read), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return {
    providerOf: (operation) => providerFromEnv(operation, read),
    providerNamed: (name) => providerNamed(name, read),
    webhookBase: `${functionsUrl(read)}/prediction-webhook`,
    depsFor: (db, { outputHosts }) => ({
      db,
      storage,
      download: (address) => downloadOutput(address, outputHosts),
      downloadArtwork: (address) => downloadArtwork(address, outputHosts),
    }),
  };
}

/** The address that a provider is to call about a prediction of this kind, in this trace. */
export function webhookUrl(
  { providerOf, webhookBase }: Pick<Predictions, "providerOf" | "webhookBase">,
  { kind, operation }: Pick<PredictionKind, "kind" | "operation">,
  predictionId: string,
  trace: Trace,
): Promise<string> {
  const about = new URLSearchParams({ kind, traceparent: traceparentOf(trace) });
  return providerOf(operation).webhookUrlFor(`${webhookBase}?${about}`, predictionId);
}
