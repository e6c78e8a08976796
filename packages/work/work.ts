import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import type { Session } from "../database/database.ts";
import type { RouteExample } from "../http/route.ts";

/** A kind of paid work that takes time: what is asked, and what is answered, on the wire. */
export interface Work<Request, Started, Found> {
  /** In logs: `try_on`. */
  name: string;
  /** What a provider is asked to do: `try-on`. */
  operation: string;
  /** In sentences: `try-ons`. */
  plural: string;
  /** One sentence each, for the API's description. */
  summaries: { start: string; read: string };
  examples: { start: Record<string, RouteExample>; read: Record<string, RouteExample> };
  request: z.ZodType<Request>;
  started: z.ZodType<Started>;
  found: z.ZodType<Found>;
  /** The id by which what was started is read. */
  idOf(started: Started): string;
}

/** A product that does a kind of work for its people. */
export interface WorkProduct<Request, Started, Found> {
  readonly product: string;
  /**
   * Begins the work as the caller, once for each key.
   * @throws Problem `insufficient_credits`, `input_not_found`, `idempotency_conflict`, …
   */
  start(caller: Session, request: Request, idempotencyKey: string): Promise<Started>;
  /** How the caller's own stands. @throws Problem `not_found`, also when it is another's. */
  read(caller: Session, id: string): Promise<Found>;
}

/** Declares a kind of work; its types follow from its schemas. */
export function defineWork<Request extends { product: string }, Started, Found>(
  work: Work<Request, Started, Found>,
): Work<Request, Started, Found> {
  return work;
}

/** A product that does this kind of work. */
export type ProductOf<W> = W extends Work<infer Request, infer Started, infer Found>
  ? WorkProduct<Request, Started, Found>
  : never;

/** A picture's place. */
export const storagePath = z.string().min(1).max(1024);

/** What is asked for with every work. */
export const requestShape = {
  product: productName,
  session_id: z.uuid().optional().describe("An active session of the caller; else a new one"),
};

/** What is answered about every work that has begun. */
export const startedShape = {
  session_id: z.uuid(),
  status: z.string(),
  credits_held: z.int(),
};

/** What is answered about every work, however it stands. */
export const foundShape = {
  ...startedShape,
  credits_used: z.int(),
  engine: z.string().nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  completed_at: z.string().nullable(),
};
