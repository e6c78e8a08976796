import type { Progress } from "./progress.ts";
import type { Keys } from "./keys.ts";

/** How to start a platform. Everything has a default but the project's folder. */
export interface PlatformOptions {
  /** The checkout: the folder that holds supabase/ and node_modules/. */
  root: string;
  /** Keeps data and keys in this folder across restarts; without it they go when the platform stops. */
  folder?: string;
  /** First port to try for the gateway, 54321 by default; 0 for any free one. */
  port?: number;
  /** Fail when `port` is taken, in place of trying the next. */
  exactPort?: boolean;
  /** Replaces keys that would be made or read. */
  keys?: Partial<Keys>;
  /** Added to the environment of the functions. */
  environment?: Record<string, string>;
  /** Restart the functions when their sources change. */
  watch?: boolean;
  /** Leave out the imaging engine. */
  withoutImaging?: boolean;
  /** Leave out the workers of pg_cron and pg_net: nothing then happens by itself. */
  withoutWorkers?: boolean;
  /** Keep a database `tessera_template`, from which tests clone theirs. */
  template?: boolean;
  /** Gives up starting when it aborts; does nothing once started. */
  signal?: AbortSignal;
  progress?: Progress;
  /** Gets each line that functions, workers and engines print. */
  log?: (line: string) => void;
}

/** What clients need to know: the line that `npm start -- --json` prints. */
export interface Connections {
  api_url: string;
  functions_url: string;
  /** For the role postgres, which migrations run as. */
  db_url: string;
  publishable_key: string;
  secret_key: string;
  automations_key: string;
  stripe_url: string | null;
  stripe_webhook_secret: string | null;
  mail_url: string | null;
  imaging_url: string | null;
}

/** A running platform. */
export interface Platform extends Connections {
  /** Signs what the mail service tells. */
  mail_webhook_secret: string;
  /** Signs the links by which people unsubscribe. */
  mail_link_secret: string;
  /** Moves the platform's clock; returns the new time. Jobs that became due run once. */
  advanceClock(
    by: { seconds?: number; minutes?: number; hours?: number; days?: number },
  ): Promise<Date>;
  /** Loads the functions anew, with changes to their environment. */
  restartFunctions(changes?: Record<string, string | null>): Promise<void>;
  /** Resolves with the reason when a part without which nothing works ends by itself. */
  readonly broken: Promise<string>;
  /** Ends every process. Twice is fine. */
  stop(): Promise<void>;
}
