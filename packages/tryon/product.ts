import type { Session } from "../database/database.ts";

/** What a person asks for: two pictures in their own folder. */
export interface TryOnRequest {
  personPath: string;
  garmentPath: string;
  /** The caller's active session to do it in; without one, it opens its own. */
  sessionId?: string;
  idempotencyKey: string;
}

/** A try-on that has begun. */
export interface StartedTryOn {
  tryOnId: string;
  sessionId: string;
  status: string;
  creditsHeld: number;
}

/** Why a try-on failed: a stable code and a sentence for people. */
export interface TryOnFailure {
  code: string;
  message: string;
}

/** A try-on as its owner sees it. */
export interface TryOn {
  tryOnId: string;
  sessionId: string;
  status: string;
  creditsHeld: number;
  creditsUsed: number;
  /** Serves the picture for ten minutes; null until there is one. */
  resultUrl: string | null;
  fitAnalysis: Record<string, unknown> | null;
  /** 0 to 1. */
  qualityScore: number | null;
  /** 0 to 1. */
  confidenceScore: number | null;
  engine: string | null;
  failure: TryOnFailure | null;
  createdAt: string;
  expiresAt: string;
  completedAt: string | null;
}

/** A product that offers try-ons. */
export interface TryOnProduct {
  readonly product: string;
  /**
   * Begins a try-on as the caller, once for each key.
   * @throws Problem `insufficient_credits`, `input_not_found`, `idempotency_conflict`, …
   */
  start(caller: Session, request: TryOnRequest): Promise<StartedTryOn>;
  /** One of the caller's try-ons. @throws Problem `not_found`, also when it is another's. */
  read(caller: Session, tryOnId: string): Promise<TryOn>;
}
