/** What the platform expects of the parts that live in folders of their own. */
import type { Keys } from "./keys.ts";
import type { Sql } from "./postgres/connect.ts";

/** What `createStorage` in storage/mod.ts is given. */
export interface StorageOptions {
  /** A pool logged in as `supabase_storage_admin`, which may `set local role` to the API roles. */
  sql: Sql;
  /** Where the bytes of objects are kept; exists, private to this process. */
  folder: string;
  /** The API keys, and the secret that signs access tokens (HS256). */
  keys: Keys;
}

/** `createStorage(options: StorageOptions): Promise<StorageService>` in storage/mod.ts. */
export interface StorageService {
  /** Answers a request whose path begins with /storage/v1. */
  fetch(request: Request): Promise<Response>;
  close?(): Promise<void>;
}

/** What `startEmulators` in emulators/mod.ts is given. */
export interface EmulatorOptions {
  /** Where the emulated Stripe posts its events. */
  webhookUrl: string;
  log: (line: string) => void;
}

/** `startEmulators(options: EmulatorOptions): Promise<Emulators>` in emulators/mod.ts. */
export interface Emulators {
  stripe_url: string;
  stripe_webhook_secret: string;
  mail_url: string;
  stop(): Promise<void>;
}
