import type { Sql } from "postgres";

/**
 * Makes one row of each table of DTF Editor that belongs to `owner` (a user's id), and finds one where rows belong to nobody.
 * Views show the same rows.
 *
 * @returns by `dtf.relation`, a column and its value that find the row.
 */
export async function dtfRowsOf(
  sql: Sql,
  owner: string,
): Promise<Record<string, Record<string, string>>> {
  await sql`select private.dtf_admit(${owner})`;
  await sql`select ledger.grant_credits('dtf', ${owner}, 50, ${`matrix/${owner}`})`;
  const one = async (query: Promise<readonly Record<string, unknown>[]>) => {
    const [row] = await query;
    if (!row) throw new Error("The statement gave no row.");
    return String(row["id"]);
  };
  const image = await one(sql`
    insert into dtf.images (user_id, original_filename, original_url, final_url, processing_status)
    values (${owner}, 'art.png', ${`${owner}/art.png`}, ${`${owner}/art.png`}, 'completed') returning id`);
  const collection = await one(sql`
    insert into dtf.image_collections (user_id, name) values (${owner}, 'Shirts') returning id`);
  await sql`select private.dtf_record_activity(${owner}, 'matrix')`;
  await sql`insert into dtf.system_metrics (metric_name, metric_value) values ('matrix', 1)`;
  await sql`select dtf.add_user_credits(${owner}, 1, 'bonus', p_key => 'matrix')`;
  const subscription = await one(sql`
    insert into billing.subscriptions (product, holder, plan_id, price_id, provider_subscription_id, state, started_at)
    select 'dtf', ${owner}, p.id, r.id, ${`sub_${owner}`}, 'active', private.now()
    from billing.plans p join billing.prices r on r.offer_id = p.offer_id where p.product = 'dtf' and p.code = 'basic'
    returning id`);
  return {
    "dtf.users": { id: owner },
    "dtf.profiles": { id: owner },
    "dtf.user_analytics": { id: owner },
    "dtf.plan_terms": {
      plan_id: await one(
        sql`select id from billing.plans where product = 'dtf' and code = 'basic'`,
      ),
    },
    "dtf.subscription_plans": { name: "basic" },
    "dtf.pay_as_you_go_packages": { offer: "pack-10" },
    "dtf.subscription_history": {
      id: await one(sql`
        select id from billing.subscription_periods where subscription_id = ${subscription}`),
    },
    "dtf.credit_transactions": {
      id: await one(
        sql`select id from dtf.credit_transactions where user_id = ${owner} limit 1`,
      ),
    },
    "dtf.revenue_analytics": { currency: await paidInvoice(sql, owner) },
    "dtf.images": { id: image },
    "dtf.image_operations": {
      id: await one(sql`
        insert into dtf.image_operations (image_id, user_id, operation_type)
        values (${image}, ${owner}, 'upscale') returning id`),
    },
    "dtf.image_collections": { id: collection },
    "dtf.image_collection_items": {
      id: await one(sql`
        insert into dtf.image_collection_items (collection_id, image_id, user_id)
        values (${collection}, ${image}, ${owner}) returning id`),
    },
    "dtf.api_costs": {
      id: await one(sql`
        insert into dtf.api_costs (api_provider, operation_type, cost_per_operation, effective_date)
        values ('replicate', ${`op_${
        owner.replaceAll("-", "")
      }`}, 100, '2026-01-01') returning id`),
    },
  };
}

/** An invoice that `owner` has paid; returns its currency. */
async function paidInvoice(sql: Sql, owner: string): Promise<string> {
  const [invoice] = await sql`
    insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits,
      state, payment_intent_id, paid_at, grant_id)
    select 'dtf', ${owner}, 'matrix-dtf', '\\x', p.id, o.code, o.title, p.amount, p.currency, p.credits, 'paid',
      ${`pi_${owner}`}, private.now(), (select g.id from ledger.grants g join ledger.accounts a on a.id = g.account_id
        where a.holder = ${owner} and a.product = 'dtf' and g.key = ${`matrix/${owner}`})
    from billing.prices p join billing.offers o on o.id = p.offer_id
    where o.product = 'dtf' and o.code = 'pack-50' and p.currency = 'USD'
    returning currency`;
  return String(invoice?.["currency"]);
}
