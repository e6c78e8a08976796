import type { JSONValue } from "postgres";
import type { Modera, Person } from "./modera.ts";

/** Buys an offer of MODERA and pays for it. */
export async function buy(modera: Modera, person: Person, offer: string, currency: string) {
  const invoice = await modera.kernel.call<{ invoice_id: string; amount: number }>(
    "authenticated",
    person.id,
    "open_invoice",
    { product: "modera", offer, currency, key: crypto.randomUUID() },
  );
  const session = `cs_${invoice.invoice_id}`;
  await modera.kernel.service("attach_checkout", {
    invoice_id: invoice.invoice_id,
    checkout_session_id: session,
    url: "https://pay.example.com/x",
  });
  const payment = (effect: Record<string, JSONValue>) =>
    modera.kernel.service("apply_payment_event", {
      provider: "stripe",
      event_id: crypto.randomUUID(),
      event_type: "test",
      occurred_at: null,
      effect,
      payload: {},
    });
  await payment({
    kind: "checkout_paid",
    checkout_session_id: session,
    payment_intent_id: `pi_${session}`,
    amount: invoice.amount,
    currency,
  });
  const disputed = { payment_intent_id: `pi_${session}`, dispute_id: `dp_${session}`, currency };
  return {
    /** Their bank asks for the money back, and ends that so. */
    dispute: (end?: "won" | "lost") =>
      payment({
        ...disputed,
        amount: invoice.amount,
        ...(end
          ? { kind: "dispute_closed", dispute_won: end === "won" }
          : { kind: "dispute_opened" }),
      }),
    refundAll: () =>
      payment({
        kind: "refunded",
        payment_intent_id: `pi_${session}`,
        amount_refunded_total: invoice.amount,
        currency,
      }),
  };
}
