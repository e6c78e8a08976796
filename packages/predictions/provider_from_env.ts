import { fashn } from "./fashn.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { replicate } from "./replicate.ts";

/** Reads one setting; like `Deno.env.get`. */
export type Settings = (name: string) => string | undefined;

/**
 * The provider that the environment chooses with `PREDICTION_PROVIDER`: `replicate` (also for the local engine) or
 * `fashn`.
 * @throws ProviderError `provider_unavailable` when none is chosen or a setting is missing.
 */
export function providerFromEnv(
  setting: Settings = (name) => Deno.env.get(name),
): PredictionProvider {
  const required = (name: string): string => {
    const value = setting(name);
    if (value) return value;
    throw new ProviderError("provider_unavailable", `${name} is not set.`, { transient: false });
  };
  const hosts = (name: string): string[] =>
    setting(name)?.split(",").map((host) => host.trim()).filter(Boolean) ?? [];

  switch (setting("PREDICTION_PROVIDER")) {
    case "replicate":
      return replicate({
        baseUrl: setting("REPLICATE_API_URL") ?? "https://api.replicate.com",
        token: required("REPLICATE_API_TOKEN"),
        webhookSecret: required("REPLICATE_WEBHOOK_SECRET"),
        models: { "try-on": required("REPLICATE_TRY_ON_MODEL") },
        outputHosts: ["replicate.delivery", ...hosts("REPLICATE_OUTPUT_HOSTS")],
      });
    case "fashn": {
      return fashn({
        baseUrl: setting("FASHN_API_URL") ?? "https://api.fashn.ai",
        token: required("FASHN_API_KEY"),
        webhookSecret: required("FASHN_WEBHOOK_SECRET"),
        outputHosts: ["cdn.fashn.ai", ...hosts("FASHN_OUTPUT_HOSTS")],
      });
    }
    default:
      throw new ProviderError(
        "provider_unavailable",
        "PREDICTION_PROVIDER must be replicate or fashn.",
        {
          transient: false,
        },
      );
  }
}
