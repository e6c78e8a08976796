import type { Connections, Platform } from "../../packages/platform/mod.ts";

/** The environment variable in which tests/run.ts hands the running platform to test files. */
export const variable = "TESSERA_TEST_PLATFORM";

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

/**
 * The platform that tests/run.ts booted.
 * @throws Error when tests are run without it.
 */
export function testPlatform(): TestPlatform {
  const text = Deno.env.get(variable);
  if (!text) throw new Error("Run tests with `npm test -- <path>`: they need a running platform.");
  return JSON.parse(text);
}
