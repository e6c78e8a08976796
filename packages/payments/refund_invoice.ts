import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { problem } from "../http/problem.ts";
import { type RefundProvider, RefundRefused } from "./refund_provider.ts";

/** What an admin asks for. */
export interface RefundRequest {
  invoice_id: string;
  /** Minor units; null for all that is left. */
  amount: number | null;
  reason: string;
  idempotencyKey: string;
}

/** What a refund needs. */
export interface RefundDeps {
  /** The database as the admin. */
  admin: Session;
  /** The database as the service. */
  service: Session;
  /** By the name of the payment provider. */
  providers: Readonly<Record<string, RefundProvider>>;
}

/** A refund, and its invoice with all that went back of it. */
export const refundShape = z.object({
  refund_id: z.uuid(),
  state: z.enum(["requested", "accepted", "refused", "failed"]),
  amount: z.int().describe("Minor units"),
  invoice_id: z.uuid(),
  number: z.string(),
  invoice_state: z.string(),
  currency: z.string(),
  paid: z.int(),
  refunded: z.int(),
  credits_taken: z.int().describe("Unspent credits that were taken back for this invoice"),
  credits_owed: z.int().describe("Credits that were spent and could not be taken back"),
});

/** @see refundShape */
export type Refund = z.infer<typeof refundShape>;

const orderShape = refundShape.extend({
  provider: z.string(),
  payment_intent_id: z.string().nullable(),
  refusal: z.string().nullable(),
  replayed: z.boolean(),
});

/**
 * Gives money of a paid invoice back and takes its unspent credits in proportion (rounded in the
 * buyer's favour; what was spent is recorded as owed). The order is written first and its id is the
 * provider's idempotency key, so the request can be repeated with its key wherever it broke; the
 * provider's webhook may come before, after or instead of its answer.
 *
 * @throws Problem `admin_required` 403, `not_found` 404, `invoice_not_paid`, `already_refunded`,
 * `refund_exceeds_payment`, `refund_refused` or `idempotency_conflict` 409,
 * `provider_unavailable` 503; nothing moved then.
 */
export async function refundInvoice(deps: RefundDeps, request: RefundRequest): Promise<Refund> {
  const order = readAnswer(
    orderShape,
    await deps.admin.rpc("api", "open_refund", {
      invoice_id: request.invoice_id,
      amount: request.amount,
      reason: request.reason,
      key: request.idempotencyKey,
    }),
  );
  if (order.state === "refused") throw refusedProblem(order.refusal ?? "refused");
  if (order.state === "requested") await askProvider(deps, order);
  const { refund_id } = order;
  return readAnswer(refundShape, await deps.service.rpc("api", "read_refund", { refund_id }));
}

async function askProvider(
  { providers, service }: RefundDeps,
  order: z.infer<typeof orderShape>,
): Promise<void> {
  const { refund_id, payment_intent_id } = order;
  const provider = providers[order.provider];
  if (!provider || !payment_intent_id) {
    throw internalProblem(`Nothing here refunds ${order.provider} payments.`);
  }
  try {
    await provider.refund({ ...order, payment_intent_id }, service);
  } catch (error) {
    if (!(error instanceof RefundRefused)) throw error;
    await service.rpc("api", "refuse_refund", { refund_id, refusal: error.code });
    throw refusedProblem(error.code, error);
  }
}

function refusedProblem(refusal: string, cause?: unknown) {
  return problem("refund_refused", "The payment provider would not refund this payment.", {
    extra: { refusal },
    ...(cause === undefined ? {} : { cause }),
  });
}
