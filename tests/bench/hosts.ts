import { hostArguments } from "../../packages/platform/functions/supervisor.ts";
import { readFunctions, readProject } from "../../packages/platform/project/project.ts";
import type { Platform } from "../../packages/platform/mod.ts";
import { root, type Stage } from "./stage.ts";

/** A process that serves functions as the platform's does. */
export interface Host {
  origin: string;
  pid: number;
}

/** What the host is given to serve. */
export interface Served {
  slug: string;
  entrypoint: string;
}

/** All functions of the project. */
export async function everyFunction(): Promise<Served[]> {
  return await readFunctions(await readProject(root));
}

/** The environment of functions, with which every one of them loads. */
export function environmentOf(platform: Platform): Record<string, string> {
  const direct = new URL(platform.db_url);
  direct.username = "tessera_functions";
  return {
    ...Deno.env.toObject(),
    SUPABASE_URL: platform.api_url,
    SUPABASE_DB_URL: platform.db_url,
    FUNCTIONS_DB_URL: direct.href,
    SUPABASE_ANON_KEY: platform.publishable_key,
    SUPABASE_SERVICE_ROLE_KEY: platform.secret_key,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: platform.publishable_key }),
    SUPABASE_SECRET_KEYS: JSON.stringify({
      default: platform.secret_key,
      automations: platform.automations_key,
    }),
    SUPABASE_JWKS: '{"keys":[]}',
    FUNCTIONS_PUBLIC_URL: platform.functions_url,
    CHECKOUT_RETURN_URL: `${platform.api_url}/checkout-return`,
    RECOMMENDATION_LINK_SECRET: "of the bench, and of nothing else",
    ALLOWED_ORIGINS: "*",
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: platform.stripe_webhook_secret ?? "",
    STRIPE_API_URL: platform.stripe_url ?? "",
    RESEND_API_URL: platform.mail_url ?? "",
    RESEND_API_KEY: "re_local",
    MAIL_FROM: "Tessera <no-reply@example.com>",
    TELEGRAM_API_URL: "http://127.0.0.1:9",
    TELEGRAM_BOT_TOKEN: "100:local",
    TELEGRAM_WEBHOOK_SECRET: "local",
    PREDICTION_PROVIDER: "replicate",
    REPLICATE_TRY_ON_MODEL: "tessera/try-on",
    REPLICATE_STYLE_ANALYSIS_MODEL: "tessera/style-analysis",
    REPLICATE_API_URL: "http://127.0.0.1:9",
    REPLICATE_API_TOKEN: "none",
    REPLICATE_MICROS_PER_SECOND: "0",
    REPLICATE_WEBHOOK_SECRET: "whsec_bm9uZQ==",
  };
}

/** Arguments with which Deno runs a script of the checkout. */
export const scriptArguments = [
  ...["run", "--quiet", "--no-check", "--no-prompt", "--cached-only", "--allow-all"],
  ...["--config", `${root}/deno.json`],
];

/** A host in a process of its own that is ready, and what it prints from then on. */
export async function spawnHost(functions: Served[], env: Record<string, string>) {
  const child = new Deno.Command(Deno.execPath(), {
    args: hostArguments(root, functions),
    env,
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("\n")) said += (await reader.read()).value ?? "\n";
  const { port, failures } = JSON.parse(said);
  for (const [slug, failure] of Object.entries(failures)) throw new Error(`${slug}: ${failure}`);
  return { child, reader, origin: `http://127.0.0.1:${port}` };
}

/** Starts a host that ends with the stage. */
export async function startHost(
  stage: Stage,
  functions: Served[],
  changes: Record<string, string> = {},
): Promise<Host> {
  const env = { ...environmentOf(await stage.platform()), ...changes };
  const { child, reader, origin } = await spawnHost(functions, env);
  // What functions log has to be read, or they would wait for it.
  const drained = (async () => {
    while (!(await reader.read()).done);
  })();
  stage.defer(async () => {
    child.kill("SIGTERM");
    await Promise.all([child.status, drained]);
  });
  return { origin, pid: child.pid };
}
