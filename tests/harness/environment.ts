import type { Connections, Platform } from "../../packages/platform/mod.ts";
import { templateDatabase } from "../../packages/platform/postgres/database.ts";

/** The environment variable in which tests/run.ts hands the running platform to test files. */
const variable = "TESSERA_TEST_PLATFORM";

/** What tests know about the platform that they run against. */
export interface TestPlatform
  extends Connections, Pick<Platform, "mail_webhook_secret" | "mail_link_secret"> {
  /** A superuser's address of the database `template1`, by which databases are cloned. */
  admin_url: string;
  template: string;
  /** Asks the test runner for what only it can do. */
  control_url: string;
  /** The adapter that functions use for the database in this pass. */
  adapter: "direct" | "data-api";
}

/** What has to be in the environment of tests that run against this platform. */
export function environmentOf(
  platform: Platform,
  control_url: string,
  adapter: TestPlatform["adapter"],
): Record<string, string> {
  const admin_url = superuserUrl(platform, "template1");
  const facts = { ...platform, admin_url, template: templateDatabase, control_url, adapter };
  return { [variable]: JSON.stringify(facts) };
}

/** A superuser's address of one of the platform's databases. */
export function superuserUrl({ db_url }: Platform, database: string): string {
  const url = new URL(db_url);
  url.username = "supabase_admin";
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * The platform that tests/run.ts booted.
 * @throws Error when tests are run without it.
 */
export function testPlatform(): TestPlatform {
  const text = Deno.env.get(variable);
  if (!text) throw new Error("Run tests with `npm test -- <path>`: they need a running platform.");
  return JSON.parse(text);
}
