import { z } from "zod";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { refundInvoice, refundShape } from "./refund_invoice.ts";
import type { RefundProvider } from "./refund_provider.ts";

const refundBody = z.strictObject({
  invoice_id: z.uuid(),
  amount: z.int().positive().optional()
    .describe("Minor units of the invoice's currency; without it, all that is left"),
  reason: z.string().trim().min(1).max(500).describe("Kept in the audit log"),
});

/**
 * `POST /`: an admin gives money of an invoice back.
 *
 * @param providers by the name that invoices have for them
 */
export function refundRoute(providers: Readonly<Record<string, RefundProvider>>): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "admin",
    summary: "Refund an invoice, all or in part, and take its unspent credits back in proportion.",
    idempotent: true,
    limit: { calls: 60, seconds: 60 },
    body: refundBody,
    examples: {
      "a part of a paid invoice": {
        body: { invoice_id: exampleIds.paidInvoice, amount: 100, reason: "Late by a day." },
      },
    },
    answers: { 200: refundShape },
    async handle({ db, service, body, idempotencyKey }) {
      const { invoice_id, amount = null, reason } = body;
      const deps = { admin: db, service, providers };
      const refund = await refundInvoice(deps, { invoice_id, amount, reason, idempotencyKey });
      return { status: 200, body: refund };
    },
  });
}
