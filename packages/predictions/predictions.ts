import { createClient } from "@supabase/supabase-js";
import type { Session } from "../database/database.ts";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { functionsUrl } from "../http/functions_url.ts";
import { type Trace, traceparentOf } from "../http/trace.ts";
import { downloadOutput } from "./download.ts";
import type { PredictionDeps } from "./kind.ts";
import type { PredictionProvider } from "./provider.ts";
import { providerFromEnv } from "./provider_from_env.ts";

/** A provider, and what submitting and settling its predictions takes. */
export interface Predictions {
  provider: PredictionProvider;
  /** The address of the function `prediction-webhook`, as providers reach it. */
  webhookBase: string;
  depsFor(service: Session): PredictionDeps;
}

/**
 * Predictions as the environment describes them. FUNCTIONS_PUBLIC_URL is where providers reach our
 * functions; without it, SUPABASE_URL/functions/v1.
 *
 * @throws Error naming the variable that is missing.
 */
export function predictionsFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Predictions {
  const provider = providerFromEnv(read);
  const url = read("SUPABASE_URL");
  if (!url) throw new Error("The environment lacks SUPABASE_URL.");
  const { storage } = createClient(url, defaultKey("SUPABASE_SECRET_KEYS", read), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const download = (address: string) => downloadOutput(address, provider.outputHosts);
  return {
    provider,
    webhookBase: `${functionsUrl(read)}/prediction-webhook`,
    depsFor: (db) => ({ db, storage, download }),
  };
}

/** The address that a provider is to call about a prediction of this kind, in this trace. */
export function webhookUrl(
  { provider, webhookBase }: Predictions,
  kind: string,
  predictionId: string,
  trace: Trace,
): Promise<string> {
  const about = new URLSearchParams({ kind, traceparent: traceparentOf(trace) });
  return provider.webhookUrlFor(`${webhookBase}?${about}`, predictionId);
}
