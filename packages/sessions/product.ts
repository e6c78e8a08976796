import type { Session as Caller } from "../database/database.ts";

/** A session as its owner sees it. */
export interface OpenSession {
  sessionId: string;
  type: string;
  status: string;
  createdAt: string;
  /** After this moment it can only expire. */
  expiresAt: string;
}

/** A product whose requests live in sessions. */
export interface SessionProduct {
  readonly product: string;
  /**
   * Opens a session of the caller, once for each key.
   * @throws Problem `idempotency_conflict`, `forbidden`.
   */
  start(caller: Caller, type: string, idempotencyKey: string): Promise<OpenSession>;
  /**
   * Ends a session of the caller early; nothing is charged for it.
   * @throws Problem `not_found`, also when it is another's; `illegal_transition` when it has ended.
   */
  cancel(caller: Caller, sessionId: string): Promise<OpenSession>;
}
