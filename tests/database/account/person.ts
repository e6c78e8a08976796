import type { Modera, Person } from "../modera/modera.ts";

/** A word that stands in every text that a person left, and nowhere else. */
export const trace = "zebedee";

/** Somebody with a row, and their name in every text, wherever MODERA and the kernel keep any. */
export async function personWithTraces(modera: Modera): Promise<Person> {
  const { sql } = modera;
  const person = await modera.person(50);
  await sql`update auth.users set email = ${`${trace}-${person.id}@example.com`} where id = ${person.id}`;
  await sql`update modera.profiles set username = ${trace}, first_name = ${trace}, last_name = ${trace},
    telegram_id = ${Math.floor(Math.random() * 1e12)}, body_measurements = ${
    sql.json({ waist: trace })
  },
    preferences = ${sql.json({ likes: trace })} where holder = ${person.id}`;
  const picture = async () =>
    await modera.picture(person, { name: `${trace}-${crypto.randomUUID()}.png` });
  const done = await modera.start(person, { person: await picture(), garment: await picture() });
  await modera.complete(person, done, { fit_analysis: { remark: trace } });
  await sql`update modera.virtual_tryons set user_feedback = ${trace} where id = ${done.try_on_id}`;
  await modera.start(person, { person: await picture(), garment: await picture() });
  const [session] =
    await sql`insert into modera.fashion_sessions (user_id, session_type, input_data)
    values (${person.userId}, 'styling', ${sql.json({ wish: trace })}) returning id`;
  const [analysis] = await sql`
    insert into modera.style_analyses (session_id, user_id, input_image_url, body_analysis)
    values (${session!["id"]}, ${person.userId}, ${await picture()}, ${sql.json({ shape: trace })})
    returning id`;
  await recommendation(modera, person, analysis!["id"]);
  await sql`select events.receive('telegram', ${crypto.randomUUID()}, 'message', private.now(),
    jsonb_build_object('kind', 'none', 'chat_id', telegram_id), ${sql.json({ text: trace })})
    from modera.profiles where holder = ${person.id}`;
  await sql`insert into billing.customers (product, holder, provider, provider_customer_id)
    values ('modera', ${person.id}, 'stripe', ${`cus_${trace}`})`;
  await invoices(modera, person);
  await sql`select ledger.hold('modera', ${person.id}, 1, 'stray', 'other', '1 day')`;
  return person;
}

async function recommendation({ sql }: Modera, person: Person, analysis: string): Promise<void> {
  const [request] = await sql`
    insert into modera.recommendation_requests (user_id, style_analysis_id, key, fingerprint, credits_used)
    values (${person.userId}, ${analysis}, 'k', '', 2) returning id`;
  const [partner] = await sql`
    insert into modera.partners (code, name, domains, commission_rate, currency)
    values ('shop', 'Shop', '{shop.example.com}', 0.1, 'USD')
    on conflict (code) do update set active = true returning id`;
  await sql`
    insert into modera.recommendations (request_id, style_analysis_id, user_id, partner_id, product_id, product_url,
      recommendation_score, recommendation_reason)
    values (${request!["id"]}, ${analysis}, ${person.userId}, ${
    partner!["id"]
  }, 'p1', 'https://shop.example.com/p1', 0.5, ${trace})`;
}

/** One invoice that waits, and one that was paid; Stripe's message about it repeats who paid. */
async function invoices({ sql }: Modera, person: Person): Promise<void> {
  for (const key of ["waits", "paid"]) {
    await sql`insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency,
        credits, checkout_session_id)
      select 'modera', ${person.id}, ${key}, '\\x', p.id, o.code, o.title, p.amount, p.currency, p.credits, ${`cs_${key}_${person.id}`}
      from billing.prices p join billing.offers o on o.id = p.offer_id
      where o.product = 'modera' and o.code = 'basic' and p.currency = 'USD'`;
  }
  const [paid] =
    await sql`select * from billing.invoices where holder = ${person.id} and key = 'paid'`;
  const effect = {
    kind: "checkout_paid",
    invoice_id: paid!["id"],
    checkout_session_id: paid!["checkout_session_id"],
    payment_intent_id: `pi_${person.id}`,
    amount: Number(paid!["amount"]),
    currency: paid!["currency"],
  };
  await sql`select billing.apply_payment_event('stripe', ${`evt_${person.id}`}, 'checkout.session.completed', private.now(),
    ${sql.json(effect)}, ${sql.json({ customer_details: { name: trace } })})`;
}

/** The tables in which the word stands, of all schemas but those of Postgres. */
export async function tracesIn({ sql }: Modera): Promise<string[]> {
  const tables = await sql`select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace::regnamespace::text !~ '^pg_|information_schema|platform|extensions|vault|net|cron'`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe(
      `select exists (select from ${name} t where t::text ilike '%${trace}%') as here`,
    );
    if (row!["here"]) found.push(name);
  }
  return found.sort();
}
