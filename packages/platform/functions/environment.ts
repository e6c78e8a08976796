import type { Emulators } from "../contracts.ts";
import type { ImagingEngine } from "../engines.ts";
import { type Keys, mailSecrets } from "../keys.ts";
import { databaseUrl } from "../postgres/connect.ts";
import type { PostgresServer } from "../postgres/server.ts";

/** What the environment of functions is made of. */
export interface EnvironmentSources {
  root: string;
  apiUrl: string;
  server: PostgresServer;
  keys: Keys;
  jwks: string;
  emulators: Emulators | null;
  imaging: ImagingEngine | null;
}

/** The environment that hosted functions have, and the secrets that this project's functions read. */
export async function functionsEnvironment(
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  const { root, apiUrl, server, keys, jwks, emulators, imaging } = sources;
  return {
    ...ofThisMachine(),
    SUPABASE_URL: apiUrl,
    SUPABASE_ANON_KEY: keys.publishable,
    SUPABASE_SERVICE_ROLE_KEY: keys.secret,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret, automations: keys.automations }),
    SUPABASE_JWKS: jwks,
    SUPABASE_DB_URL: databaseUrl(server),
    SB_REGION: "local",
    SB_EXECUTION_ID: crypto.randomUUID(),
    DENO_DEPLOYMENT_ID: "local",
    FUNCTIONS_DB_URL: databaseUrl(server, "tessera_functions"),
    FUNCTIONS_PUBLIC_URL: `${apiUrl}/functions/v1`,
    CHECKOUT_RETURN_URL: `${apiUrl}/checkout-return`,
    // Links that were given out still lead somewhere after a restart.
    RECOMMENDATION_LINK_SECRET: `links ${keys.jwtSecret}`,
    MAIL_LINK_SECRET: mailSecrets(keys).mail_link_secret,
    RESEND_WEBHOOK_SECRET: mailSecrets(keys).mail_webhook_secret,
    ALLOWED_ORIGINS: "*",
    ...(emulators && {
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_WEBHOOK_SECRET: emulators.stripe_webhook_secret,
      STRIPE_API_URL: emulators.stripe_url,
      RESEND_API_URL: emulators.mail_url,
      RESEND_API_KEY: "re_local",
      MAIL_FROM: "Tessera <no-reply@example.com>",
    }),
    // Nothing listens there: a bot is not part of the platform, and tests bring one of their own.
    TELEGRAM_API_URL: "http://127.0.0.1:9",
    TELEGRAM_BOT_TOKEN: "100:local",
    TELEGRAM_WEBHOOK_SECRET: "local",
    PREDICTION_PROVIDER: "replicate",
    REPLICATE_TRY_ON_MODEL: "tessera/try-on",
    REPLICATE_STYLE_ANALYSIS_MODEL: "tessera/style-analysis",
    REPLICATE_UPSCALE_MODEL: "tessera/upscale",
    REPLICATE_BACKGROUND_REMOVAL_MODEL: "tessera/background-removal",
    REPLICATE_VECTORIZE_MODEL: "tessera/vectorize",
    REPLICATE_HALFTONE_MODEL: "tessera/halftone",
    REPLICATE_COLOR_KNOCKOUT_MODEL: "tessera/color-knockout",
    REPLICATE_UNDERBASE_MODEL: "tessera/underbase",
    REPLICATE_RENDITION_MODEL: "tessera/rendition",
    // Without an engine nothing listens there: the provider is unavailable, and functions say so.
    REPLICATE_API_URL: imaging?.url ?? "http://127.0.0.1:9",
    REPLICATE_API_TOKEN: imaging?.token ?? "none",
    REPLICATE_MICROS_PER_SECOND: "0",
    REPLICATE_WEBHOOK_SECRET: imaging?.webhookSecret ?? "whsec_bm9uZQ==",
    ...await readDotenv(`${root}/supabase/functions/.env`),
  };
}

/** What a process needs to run at all. */
function ofThisMachine(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [[name, value]] : [];
  }));
}

/** The developer's own secrets, as `supabase start` reads them. */
async function readDotenv(path: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [, name, value] = line.match(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/) ?? [];
    if (name && value) values[name] = value.replace(/^(["'])(.*)\1$/, "$2");
  }
  return values;
}
