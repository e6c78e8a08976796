import type { Modera, Person } from "./modera.ts";

/** A commission as a partner's postback books it, for a recommendation of its own; returns its id. */
export async function bookCommission(
  modera: Modera,
  person: Person,
  now: Date,
  { amount, currency }: { amount: number; currency: string },
): Promise<string> {
  return await modera.sql.begin(async (tx) => {
    const code = crypto.randomUUID();
    const [partner] = await tx`
      insert into modera.partners (code, name, domains, currency, commission_rate)
      values (${`p${
      code.slice(0, 8)
    }`}, ${code}, '{shop.example.com}', ${currency}, 0.5) returning id`;
    const [session] = await tx`
      insert into modera.fashion_sessions (user_id, session_type, created_at, expires_at)
      values (${person.userId}, 'styling', '2000-01-01', '2000-01-02') returning id`;
    const [analysis] = await tx`
      insert into modera.style_analyses (session_id, user_id, input_image_url)
      values (${session!.id}, ${person.userId}, ${`${person.id}/a.png`}) returning id`;
    const [request] = await tx`
      insert into modera.recommendation_requests (user_id, style_analysis_id, key, fingerprint, credits_used)
      values (${person.userId}, ${analysis!.id}, ${code}, '\\x00', 2) returning id`;
    const [recommendation] = await tx`
      insert into modera.recommendations (request_id, style_analysis_id, user_id, partner_id, product_id, product_url,
        recommendation_score, recommendation_reason)
      values (${request!.id}, ${analysis!.id}, ${person.userId}, ${
      partner!.id
    }, 'p', 'https://shop.example.com/p', 1, 'x')
      returning id`;
    const [event] = await tx`
      insert into events.inbox (provider, event_id, event_type, effect, payload, occurred_at)
      values ('partner', ${code}, 'purchase', '{}', '{}', ${now}) returning id`;
    const [booked] = await tx`
      insert into modera.commissions (recommendation_id, partner_id, product_id, order_id, order_amount, rate, amount,
        currency, purchase_event_id, purchased_at, clears_at)
      values (${recommendation!.id}, ${
      partner!.id
    }, 'p', ${code}, 10000, 0.5, ${amount}, ${currency}, ${event!.id},
        ${now}, ${now}::timestamptz + interval '14 days')
      returning id`;
    return booked!.id as string;
  });
}

/** Takes a commission back, as a partner's postback does. */
export async function reverseCommission(modera: Modera, id: string): Promise<void> {
  await modera.sql`
    with event as (
      insert into events.inbox (provider, event_id, event_type, effect, payload, occurred_at)
      values ('partner', ${crypto.randomUUID()}, 'reversal', '{}', '{}', private.now()) returning id)
    update modera.commissions set status = 'reversed', reversed_at = private.now(),
      reversal_event_id = (select id from event) where id = ${id}`;
}
