import { fashn } from "./fashn.ts";
import type { PredictionProvider } from "./provider.ts";
import { ProviderError } from "./provider_error.ts";
import { replicate } from "./replicate.ts";

/** Reads one setting; like `Deno.env.get`. */
export type Settings = (name: string) => string | undefined;

/** What may be asked of a provider; each has its model in a variable of its own, as `REPLICATE_TRY_ON_MODEL`. */
const operations = [
  "try-on",
  "style-analysis",
  "upscale",
  "background-removal",
  "vectorize",
  "generate",
  "halftone",
  "color-knockout",
  "underbase",
  "rendition",
] as const;

const upper = (operation: string): string => operation.replaceAll("-", "_").toUpperCase();

/**
 * The provider that the environment chooses for an operation: with a variable of its own (`STYLE_ANALYSIS_PROVIDER` for
 * `style-analysis`), else with `PREDICTION_PROVIDER`.
 * @throws ProviderError `provider_unavailable` when none is chosen, a setting is missing, or the chosen one does not do it.
 */
export function providerFromEnv(
  operation: string,
  setting: Settings = (name) => Deno.env.get(name),
): PredictionProvider {
  const own = `${upper(operation)}_PROVIDER`;
  const name = setting(own) || setting("PREDICTION_PROVIDER");
  const provider = name && providerNamed(name, setting);
  if (provider && provider.does(operation)) return provider;
  throw new ProviderError(
    "provider_unavailable",
    `${own} or PREDICTION_PROVIDER must name a provider that does it: replicate, or fashn for try-on.`,
    { transient: false },
  );
}

/**
 * A provider by its name: `replicate` (also for the local engine) or `fashn`; undefined for another name.
 * @throws ProviderError `provider_unavailable` when a setting of it is missing.
 */
export function providerNamed(
  name: string,
  setting: Settings = (variable) => Deno.env.get(variable),
): PredictionProvider | undefined {
  const required = (name: string): string => {
    const value = setting(name);
    if (value) return value;
    throw new ProviderError("provider_unavailable", `${name} is not set.`, { transient: false });
  };
  const hosts = (name: string): string[] =>
    setting(name)?.split(",").map((host) => host.trim()).filter(Boolean) ?? [];

  const price = (name: string): number | undefined => {
    const value = setting(name);
    if (!value) return undefined;
    if (/^\d{1,12}(\.\d+)?$/.test(value)) return Number(value);
    throw new ProviderError("provider_unavailable", `${name} is not a number.`, {
      transient: false,
    });
  };

  switch (name) {
    case "replicate": {
      const microsPerSecond = price("REPLICATE_MICROS_PER_SECOND");
      return replicate({
        baseUrl: setting("REPLICATE_API_URL") ?? "https://api.replicate.com",
        token: required("REPLICATE_API_TOKEN"),
        webhookSecret: required("REPLICATE_WEBHOOK_SECRET"),
        models: Object.fromEntries(
          operations.map((
            operation,
          ) => [operation, setting(`REPLICATE_${upper(operation)}_MODEL`)]),
        ),
        namedByProducts: ["try-on", "style-analysis"],
        outputHosts: ["replicate.delivery", ...hosts("REPLICATE_OUTPUT_HOSTS")],
        ...(microsPerSecond === undefined ? {} : { microsPerSecond }),
      });
    }
    case "fashn": {
      const microsPerResult = price("FASHN_MICROS_PER_RESULT");
      return fashn({
        baseUrl: setting("FASHN_API_URL") ?? "https://api.fashn.ai",
        token: required("FASHN_API_KEY"),
        webhookSecret: required("FASHN_WEBHOOK_SECRET"),
        outputHosts: ["cdn.fashn.ai", ...hosts("FASHN_OUTPUT_HOSTS")],
        ...(microsPerResult === undefined ? {} : { microsPerResult }),
      });
    }
    default:
      return undefined;
  }
}
