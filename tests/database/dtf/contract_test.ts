import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

Deno.test("F-17, F-08: the plan and the state of a subscription are two things, with one history", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const subscribe = (id: string) =>
    dtf
      .sql`insert into billing.subscriptions (product, holder, plan_id, price_id, provider_subscription_id, state, started_at)
      select 'dtf', ${one}, p.id, r.id, ${id}, 'trialing', private.now()
      from billing.plans p join billing.prices r on r.offer_id = p.offer_id where p.product = 'dtf' and p.code = 'basic'`;
  const standing = async () => {
    const [row] = await dtf.as(
      "authenticated",
      one,
      (tx) =>
        tx`select subscription_status, subscription_plan, subscription_state from dtf.profiles`,
    );
    return { ...row };
  };
  await subscribe("sub_1");
  await assert.rejects(subscribe("sub_2"), { code: "23505" });
  const move = async (state: string) => {
    await dtf.kernel.database.advanceClock("1 day");
    await dtf.sql`update billing.subscriptions set state = ${state},
      ended_at = ${state === "canceled" ? dtf.sql`private.now()` : null} where holder = ${one}`;
  };
  await move("past_due");
  assert.deepEqual(await standing(), {
    subscription_status: "basic",
    subscription_plan: "basic",
    subscription_state: "past_due",
  });
  await move("unpaid");
  assert.equal((await standing()).subscription_plan, "free");
  await move("canceled");
  assert.deepEqual(await standing(), {
    subscription_status: "cancelled",
    subscription_plan: "free",
    subscription_state: "canceled",
  });
  await assert.rejects(move("active"), { message: "illegal_transition" });
  const history = await dtf.as("authenticated", one, (tx) =>
    tx`
    select status, stripe_subscription_id, ended_at >= started_at as whole from dtf.subscription_history order by started_at, created_at`);
  assert.deepEqual(history.map((row) => ({ ...row })), [
    { status: "trialing", stripe_subscription_id: null, whole: true },
    { status: "past_due", stripe_subscription_id: null, whole: true },
    { status: "unpaid", stripe_subscription_id: null, whole: true },
    { status: "cancelled", stripe_subscription_id: null, whole: true },
  ]);
  const service = await dtf.as(
    "service_role",
    null,
    (tx) => tx`select distinct stripe_subscription_id as id from dtf.subscription_history`,
  );
  assert.deepEqual(service.map((row) => row.id), ["sub_1"]);
});

Deno.test("F-26: plans and packs have prices in a currency, and another price is another version", async () => {
  await using dtf = await Dtf.open();
  const plans = await dtf
    .sql`select name, monthly_price::float, credits_per_month::int, currency, features
    from dtf.subscription_plans order by sort_order`;
  assert.deepEqual(
    plans.map((row) => [row.name, row.monthly_price, row.credits_per_month, row.currency]),
    [
      ["free", null, 0, null],
      ["basic", 9.99, 20, "USD"],
      ["starter", 24.99, 60, "USD"],
    ],
  );
  assert.deepEqual(plans[1]!.features, {
    pictures_kept_days: 30,
    max_pictures: 500,
    max_file_mb: 25,
    credits_roll_over_months: 0,
  });
  await dtf.kernel.database.advanceClock("1 day");
  await dtf
    .sql`select billing.publish_price('dtf', 'pack-10', 'USD', 899, 10, null, interval '1 year')`;
  const packs = await dtf.sql`select price::float, is_active from dtf.pay_as_you_go_packages
    where offer = 'pack-10' order by created_at`;
  assert.deepEqual(packs.map((row) => ({ ...row })), [
    { price: 7.99, is_active: false },
    { price: 8.99, is_active: true },
  ]);
  for (const [amount, credits] of [[0, 10], [100, 0], [-1, 10], [100, -5]]) {
    await assert.rejects(
      dtf.sql`select billing.publish_price('dtf', 'pack-10', 'USD', ${amount!}, ${credits!})`,
      { code: "23514" },
    );
  }
  // A plan is not sold by a checkout.
  const one = await dtf.person();
  await assert.rejects(
    dtf.kernel.call("authenticated", one, "open_invoice", {
      product: "dtf",
      offer: "basic",
      currency: "USD",
      key: "k",
    }),
    { message: "unknown_offer" },
  );
});

Deno.test("F-20, F-25: a picture's files, type and size are those that it can have", async (t) => {
  await using dtf = await Dtf.open();
  const [one, other] = [await dtf.person(), await dtf.person()];
  for (
    const [what, assignment] of Object.entries({
      "another's file": `original_url = '${other}/x.png'`,
      "a web address": "processed_url = 'https://example.com/x.png'",
      "a type that is no picture": "original_file_type = 'application/zip'",
      "no size": "original_file_size = 0",
      "no name": "original_filename = ''",
      "a name that is a path": "original_filename = '../x.png'",
      "a long document": `metadata = jsonb_build_object('a', repeat('x', 20000))`,
      "an error of one that did not fail": "processing_error = 'x'",
    })
  ) {
    await t.step(what, async () => {
      const id = await dtf.picture(one);
      await assert.rejects(
        dtf.sql.unsafe(`update dtf.images set ${assignment} where id = '${id}'`),
        { code: "23514" },
      );
    });
  }
  await dtf.sql`update dtf.images set original_file_size = 5000000000`;
});

Deno.test("F-19, X-09: an operation moves only forward and is charged only when it is done", async () => {
  await using dtf = await Dtf.open();
  const [one, other] = [await dtf.person(), await dtf.person()];
  const image = await dtf.picture(one);
  const insert = (user: string) =>
    dtf.sql`insert into dtf.image_operations (image_id, user_id, operation_type)
      values (${image}, ${user}, 'halftone') returning id`;
  await assert.rejects(insert(other), { code: "23503" });
  const [operation] = await insert(one);
  const set = (assignment: string) =>
    dtf.sql.unsafe(`update dtf.image_operations set ${assignment} where id = '${operation!.id}'`);
  await assert.rejects(set("credits_used = 1"), { code: "23514" });
  await assert.rejects(set("status = 'completed', completed_at = private.now()"), {
    message: "illegal_transition",
  });
  await set("status = 'processing'");
  await set("status = 'completed', completed_at = private.now(), credits_used = 1");
  await assert.rejects(set("status = 'processing', completed_at = null, credits_used = 0"), {
    message: "illegal_transition",
  });
});

Deno.test("F-21: a collection holds its owner's pictures only, each once", async () => {
  await using dtf = await Dtf.open();
  const [one, other] = [await dtf.person(), await dtf.person()];
  const [mine, theirs] = [await dtf.picture(one), await dtf.picture(other)];
  const [collection] = await dtf.sql`insert into dtf.image_collections (user_id, name)
    values (${one}, 'Shirts') returning id, updated_at`;
  const put = (image: string, user: string) =>
    dtf.sql`insert into dtf.image_collection_items (collection_id, image_id, user_id)
      values (${collection!.id}, ${image}, ${user})`;
  await put(mine, one);
  await assert.rejects(put(mine, one), { code: "23505" });
  await assert.rejects(put(theirs, one), { code: "23503" });
  await assert.rejects(put(theirs, other), { code: "23503" });
  await dtf.kernel.database.advanceClock("1 minute");
  const [renamed] = await dtf
    .sql`update dtf.image_collections set name = 'Hats' returning updated_at`;
  assert.ok(renamed!.updated_at > collection!.updated_at);
});

Deno.test("F-22: a provider's cost has one row a day, and the latest that is active counts", async () => {
  await using dtf = await Dtf.open();
  const cost = (day: string, micros: number) =>
    dtf
      .sql`insert into dtf.api_costs (api_provider, operation_type, cost_per_operation, effective_date)
      values ('replicate', 'upscale', ${micros}, ${day})`;
  await cost("2026-01-01", 1000);
  await cost("2026-02-01", 2000);
  await assert.rejects(cost("2026-02-01", 3000), { code: "23505" });
  const on = async (day: string) => {
    const [row] = await dtf
      .sql`select private.dtf_api_cost('replicate', 'upscale', ${day})::int as micros`;
    return row!.micros;
  };
  assert.deepEqual([await on("2025-12-31"), await on("2026-01-31"), await on("2026-03-01")], [
    null,
    1000,
    2000,
  ]);
  await dtf.sql`update dtf.api_costs set is_active = false where effective_date = '2026-02-01'`;
  assert.equal(await on("2026-03-01"), 1000);
  await assert.rejects(
    dtf.sql`insert into dtf.api_usage_logs (api_provider, operation_type, request_data)
      values ('replicate', 'upscale', jsonb_build_object('image', repeat('x', 5000)))`,
    { code: "23514" },
  );
});

Deno.test("F-23: a campaign writes to a person once, and a message keeps its recipient and goes only forward", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const [template] = await dtf
    .sql`insert into mail.templates (product, name) values ('dtf', 'spring') returning id`;
  await dtf
    .sql`insert into mail.template_versions (template_id, version, subject, html, plain, variables)
    values (${template!.id}, 1, 'Spring', '<p>Spring</p>', 'Spring', '[]')`;
  const [campaign] = await dtf.sql`insert into mail.campaigns (product, name, template_id)
    values ('dtf', 'Spring', ${template!.id}) returning id`;
  const queue = (address: string) =>
    dtf
      .sql`insert into mail.messages (product, person, recipient, recipient_digest, campaign_id, template_id, template_version)
      values ('dtf', ${one}, ${address}, sha256(convert_to(${address}, 'UTF8')), ${campaign!.id}, ${
      template!.id
    }, 1)`;
  await queue("one@example.com");
  await assert.rejects(queue("two@example.com"), { code: "23505" });
  const logs = await dtf.sql`select user_id, recipient, status from dtf.email_logs`;
  assert.deepEqual(logs.map((row) => ({ ...row })), [
    { user_id: one, recipient: "one@example.com", status: "queued" },
  ]);
  await assert.rejects(dtf.sql`update mail.messages set state = 'opened'`, {
    message: "illegal_transition",
  });
  const [shown] = await dtf.sql`select subject, is_active from dtf.email_templates`;
  assert.deepEqual({ ...shown }, { subject: "Spring", is_active: true });
});

Deno.test("F-24, F-22: logs are append-only, kept by the month, and old months go", async (t) => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  await dtf.sql`insert into dtf.api_usage_logs (user_id, api_provider, operation_type)
    values (${one}, 'replicate', 'upscale')`;
  await dtf.sql`insert into dtf.system_metrics (metric_name, metric_value) values ('uploads', 1)`;
  for (const table of ["api_usage_logs", "system_metrics"]) {
    await t.step(table, async () => {
      await assert.rejects(dtf.sql.unsafe(`delete from dtf.${table}`), { code: "42501" });
      await assert.rejects(dtf.sql.unsafe(`update dtf.${table} set id = id`), { code: "42501" });
    });
  }
  await assert.rejects(dtf.sql`update dtf.user_activity_logs set activity_type = 'x'`, {
    code: "42501",
  });
  const count = async () => {
    const [row] = await dtf.sql`select (select count(*)::int from dtf.api_usage_logs) as calls,
      (select count(*)::int from dtf.user_activity_logs) as activity`;
    return { ...row };
  };
  assert.deepEqual(await count(), { calls: 1, activity: 1 });
  // Months that nobody had made a table for are written all the same, and sorted in later. Whatever the day is, seven
  // months end before that.
  await dtf.kernel.database.advanceClock("220 days");
  await dtf.sql`insert into dtf.api_usage_logs (user_id, api_provider, operation_type)
    values (${one}, 'replicate', 'upscale')`;
  await dtf.sql`select private.turn_months()`;
  await dtf.sql`select private.turn_months()`;
  const [late] = await dtf.sql`select tableoid::regclass::text as place,
      (select count(*)::int from only months.dtf_api_usage_logs_other) as others
    from dtf.api_usage_logs order by created_at desc limit 1`;
  assert.match(late!.place, /^months\."?dtf_api_usage_logs_\d{4}_\d{2}"?$/);
  assert.equal(late!.others, 0);
  assert.deepEqual(await count(), { calls: 2, activity: 0 });
  await dtf.kernel.database.advanceClock("250 days");
  await dtf.sql`select private.turn_months()`;
  assert.deepEqual(await count(), { calls: 1, activity: 0 });
});

Deno.test("F-13, F-07: revenue is money of paid invoices, each currency apart, by the month in UTC", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const pay = (offer: string, at: string, state: string) =>
    dtf
      .sql`insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency,
        credits, state, created_at, expires_at, paid_at, closed_at, payment_intent_id, grant_id)
      select 'dtf', ${one}, gen_random_uuid()::text, '\\x', p.id, o.code, o.title, p.amount, p.currency, p.credits, ${state},
        ${at}, ${at}::timestamptz + interval '1 hour', ${state === "paid" ? at : null},
        ${state === "paid" ? null : at}, ${state === "paid" ? `pi_${crypto.randomUUID()}` : null},
        ${state === "paid" ? dtf.sql`(select g.id from ledger.grants g limit 1)` : null}
      from billing.prices p join billing.offers o on o.id = p.offer_id where o.product = 'dtf' and o.code = ${offer}`;
  await pay("pack-10", "2026-01-31T23:30:00Z", "paid");
  await pay("pack-20", "2026-01-31T23:30:00Z", "cancelled");
  await dtf.sql.begin(async (tx) => {
    await tx`set local time zone 'Asia/Tokyo'`;
    const rows =
      await tx`select to_char(month at time zone 'UTC', 'YYYY-MM') as month, currency, amount::int, transaction_count::int as n
      from dtf.revenue_analytics`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { month: "2026-01", currency: "USD", amount: 799, n: 1 },
    ]);
  });
});
