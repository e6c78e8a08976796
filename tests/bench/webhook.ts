import Stripe from "stripe";
import { createHolders } from "./floor.ts";
import { everyFunction, type Host, startHost } from "./hosts.ts";
import { rateOf } from "./measure.ts";
import type { Measurement } from "./measurement.ts";
import type { Room, Stage } from "./stage.ts";

const prepared = 12_000;
const stripe = new Stripe("sk_test_unused");

/** What is posted for one payment. */
interface Delivery {
  payload: string;
  signature: string;
}

/** A host of the one function, on the direct adapter, whose database is the room's. */
async function hostIn(stage: Stage, room: Room): Promise<Host> {
  const url = new URL(room.url);
  url.username = "tessera_functions";
  const functions = (await everyFunction()).filter(({ slug }) => slug === "stripe-webhook");
  return await startHost(stage, functions, { FUNCTIONS_DB_URL: url.href });
}

/** Signed events that say that pending invoices were paid, each once. */
async function payments(stage: Stage, { sql }: Room): Promise<Delivery[]> {
  const { stripe_webhook_secret } = await stage.platform();
  const holders = await createHolders(sql);
  const invoices = await sql<
    { id: string; session: string; amount: string; currency: string }[]
  >`
    insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits,
      checkout_session_id, payment_intent_id, expires_at)
    select 'modera', (${holders}::uuid[])[1 + n % ${holders.length}], 'bench ' || n, '', p.id, 'basic', 'Basic', p.amount, p.currency,
      p.credits, 'cs_bench_' || n, 'pi_bench_' || n, private.now() + interval '1 day'
    from generate_series(1, ${prepared}::integer) n, (
      select p.* from billing.prices p join billing.offers o on o.id = p.offer_id
      where o.product = 'modera' and o.code = 'basic' and p.currency = 'USD' and p.retired_at is null) p
    returning id, checkout_session_id as session, amount, currency`;
  return await Promise.all(invoices.map(async ({ id, session, amount, currency }, index) => {
    const payload = JSON.stringify({
      id: `evt_bench_${index}`,
      object: "event",
      api_version: "2026-01-28",
      created: Math.floor(Date.now() / 1000),
      livemode: false,
      type: "checkout.session.completed",
      data: {
        object: {
          id: session,
          object: "checkout.session",
          status: "complete",
          payment_status: "paid",
          payment_intent: session.replace("cs_", "pi_"),
          client_reference_id: id,
          amount_total: Number(amount),
          currency: currency.toLowerCase(),
          customer: null,
          metadata: { invoice_id: id },
        },
      },
    });
    const signature = await stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret: stripe_webhook_secret ?? "",
    });
    return { payload, signature };
  }));
}

/** Payments as Stripe tells of them. */
export const webhook: Measurement[] = [
  {
    name: "stripe-webhook: verify, inbox, paid invoice, grant",
    limit: { must: 500, aim: 1500 },
    async run(stage) {
      const room = await stage.room("webhook");
      const host = await hostIn(stage, room);
      const deliveries = await payments(stage, room);
      return await rateOf(async (index) => {
        const delivery = deliveries[index];
        if (!delivery) throw new Error("more payments went through than were prepared");
        const answer = await fetch(`${host.origin}/stripe-webhook`, {
          method: "POST",
          headers: { "content-type": "application/json", "stripe-signature": delivery.signature },
          body: delivery.payload,
        });
        const body = await answer.json();
        if (body.outcome !== "applied") throw new Error(JSON.stringify(body));
      }, { rounds: 9, seconds: 0.5, connections: 20 });
    },
  },
];
