import type { Sql } from "postgres";
import { dtfRowsOf } from "../database/dtf/rows.ts";
import { makePartner, makeRecommendation } from "../database/modera/shops.ts";

/** How to find one row: a column and its value, as text. */
export type Match = Record<string, string>;

/**
 * Makes one row of each exposed table that belongs to `owner` (a user's id), and one for everybody
 * where rows belong to nobody. Views show the same rows.
 *
 * @returns by `schema.relation`, how to find it.
 */
export async function rowsOf(sql: Sql, owner: string): Promise<Record<string, Match>> {
  await sql`select private.modera_admit(${owner})`;
  await sql`select ledger.grant_credits('modera', ${owner}, 50, ${`matrix/${owner}`})`;
  const one = async (query: Promise<readonly Record<string, unknown>[]>) => {
    const [row] = await query;
    if (!row) throw new Error("The statement gave no row.");
    return String(row["id"]);
  };
  const path = `${owner}/a.png`;
  const user = await one(sql`select id from modera.profiles where auth_user_id = ${owner}`);
  const session = (type: string) =>
    one(sql`
      insert into modera.fashion_sessions (user_id, session_type) values (${user}, ${type}) returning id`);
  const [tryon, styling] = [await session("tryon"), await session("styling")];
  const analysis = await one(sql`
    insert into modera.style_analyses (session_id, user_id, input_image_url)
    values (${styling}, ${user}, ${path}) returning id`);
  const tried = await one(sql`
    insert into modera.virtual_tryons (session_id, user_id, clothing_image_url, person_image_url)
    values (${tryon}, ${user}, ${path}, ${path}) returning id`);
  const invoice = await sql.begin(async (tx) => {
    await tx`select set_config('request.jwt.claims', ${
      JSON.stringify({ sub: owner, role: "authenticated" })
    }, true), set_config('role', 'authenticated', true)`;
    const [row] = await tx`select api.open_invoice('modera', 'basic', 'matrix') ->> 'number' as id`;
    return String(row?.["id"]);
  });
  const partner = await makePartner(sql);
  const recommendation = await makeRecommendation(sql, { userId: user, analysis, partner });
  await sql`
    with message as (
      insert into events.inbox (provider, event_id, event_type, occurred_at, effect, payload)
      values ('modera_partner', ${`matrix:${owner}`}, 'purchase', private.now(), '{}', '{}') returning id)
    insert into modera.commissions (recommendation_id, partner_id, product_id, order_id, order_amount, rate, amount, currency,
      purchase_event_id, purchased_at, clears_at)
    select ${recommendation}, ${partner.id}, 'p1', 'order', 100, 0.1, 10, 'USD', message.id, private.now(),
      private.now() + interval '14 days' from message`;
  const entry = await one(sql`
    select id from modera.credit_transactions where user_id = ${user} limit 1`);
  return {
    ...await dtfRowsOf(sql, owner),
    "modera.profiles": { id: user },
    "modera.users": { id: user },
    "modera.settings": { setting_key: "session_timeout_minutes" },
    "modera.system_settings": { setting_key: "session_timeout_minutes" },
    "modera.fashion_sessions": { id: tryon },
    "modera.virtual_tryons": { id: tried },
    "modera.shares": {
      id: await one(sql`
        insert into modera.shares (user_id, try_on_id, token_hash, expires_at)
        values (${user}, ${tried}, sha256(convert_to(${tried}, 'UTF8')), private.now() + interval '1 day') returning id`),
    },
    "modera.style_analyses": { id: analysis },
    "modera.partners": { id: partner.id },
    "modera.recommendations": { id: recommendation },
    "modera.product_recommendations": { id: recommendation },
    "modera.commissions": { recommendation_id: recommendation },
    "modera.user_analytics": {
      id: await one(sql`
        insert into modera.user_analytics (user_id, date) values (${user}, '2026-01-01') returning id`),
    },
    "modera.credit_transactions": { id: entry },
    "modera.payment_invoices": { invoice_id: invoice },
    "modera.consent_terms": { purpose: "photos" },
    "modera.consents": {
      id: await one(sql`
        insert into modera.consents (user_id, purpose, version, given, channel)
        values (${user}, 'photos', 1, true, 'app') returning id`),
    },
  };
}
