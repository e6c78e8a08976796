import assert from "node:assert/strict";
import { Modera } from "./modera.ts";
import { makePartner, makeRecommendation } from "./shops.ts";

const readable = [
  "users",
  "profiles",
  "fashion_sessions",
  "virtual_tryons",
  "style_analyses",
  "product_recommendations",
  "recommendations",
  "credit_transactions",
  "payment_invoices",
  "user_analytics",
];

/** Somebody with a row in every table and view of MODERA. */
async function personWithEverything(modera: Modera) {
  const person = await modera.person(50);
  const started = await modera.start(person);
  await modera.complete(person, started);
  const { userId } = person;
  await modera
    .sql`select private.modera_count_days(d, d) from date(private.now() at time zone 'UTC') d`;
  const [styling] = await modera.sql`insert into modera.fashion_sessions (user_id, session_type)
    values (${userId}, 'styling') returning id`;
  const [analysis] = await modera.sql`
    insert into modera.style_analyses (session_id, user_id, input_image_url)
    values (${styling!.id}, ${userId}, ${`${person.id}/me.png`}) returning id`;
  const partner = await makePartner(modera.sql);
  await makeRecommendation(modera.sql, { userId, analysis: analysis!.id, partner });
  await modera.sql`
    insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits)
    select 'modera', ${person.id}, 'k', '\\x', p.id, o.code, o.title, p.amount, p.currency, p.credits
    from billing.prices p join billing.offers o on o.id = p.offer_id
    where o.product = 'modera' and o.code = 'basic' and p.currency = 'USD'`;
  return { ...person, started };
}

Deno.test("M-02, M-08: owners read their own rows, and nobody else's", async (t) => {
  await using modera = await Modera.open();
  const person = await personWithEverything(modera);
  const other = await personWithEverything(modera);
  for (const table of readable) {
    await t.step(table, async () => {
      const rows = await modera.as(
        "authenticated",
        person,
        (tx) => tx.unsafe(`select * from modera.${table}`),
      );
      assert.ok(rows.length > 0, "an owner sees their rows");
      const owners = new Set(rows.map((row) => `${row["user_id"] ?? row["id"]}`));
      assert.deepEqual([...owners], [person.userId]);
      assert.ok(!owners.has(other.userId));
    });
  }
});

Deno.test("M-08: a stranger sees nothing, and anon may not even ask", async (t) => {
  await using modera = await Modera.open();
  await personWithEverything(modera);
  const stranger = { id: await modera.kernel.user() };
  for (const table of readable) {
    const query = `select * from modera.${table}`;
    await t.step(table, async () => {
      assert.equal(
        (await modera.as("authenticated", stranger, (tx) => tx.unsafe(query))).length,
        0,
      );
      await assert.rejects(modera.as("anon", null, (tx) => tx.unsafe(query)), { code: "42501" });
    });
  }
});

Deno.test("M-01: settings are read by signed-in users as far as they are public, and written by none", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const keys = (await modera.as(
    "authenticated",
    person,
    (tx) => tx`select setting_key from modera.system_settings order by 1`,
  )).map((row) => row.setting_key);
  assert.deepEqual(keys, [
    "credit_costs",
    "credit_packages_rub",
    "credit_packages_usd",
    "credit_packages_xtr",
    "input_retention_days",
    "max_image_size_mb",
    "session_timeout_minutes",
  ]);
  for (
    const attack of [
      "update modera.system_settings set setting_value = '1'",
      "update modera.settings set setting_value = '60'",
      "insert into modera.settings (setting_key, setting_value, setting_type) values ('x', '1', 'system')",
      "delete from modera.settings",
    ]
  ) {
    for (const role of ["anon", "authenticated"] as const) {
      await assert.rejects(
        modera.as(role, person, (tx) => tx.unsafe(attack)),
        (error: { code: string }) => ["42501", "55000", "0A000"].includes(error.code),
      );
    }
  }
});

Deno.test("X-01, M-03: a user cannot give themselves credits, rank or somebody's identity", async (t) => {
  await using modera = await Modera.open();
  const person = await personWithEverything(modera);
  for (
    const attack of [
      "update modera.users set credits = 1000000",
      "update modera.users set is_premium = true",
      "update modera.users set total_spent = 0",
      "update modera.users set telegram_id = 1",
      "update modera.users set auth_user_id = gen_random_uuid()",
      "update modera.profiles set holder = gen_random_uuid()",
      "update modera.profiles set telegram_id = 1",
      "update modera.profiles set is_active = true",
      "update modera.fashion_sessions set status = 'completed'",
      "update modera.virtual_tryons set credits_used = 0",
      "update modera.virtual_tryons set result_image_url = 'x/y'",
      "update modera.style_analyses set credits_used = 0",
      "update modera.product_recommendations set affiliate_commission = 1",
      "update modera.user_analytics set credits_used = 0",
      "update modera.credit_transactions set credits_amount = 1",
      "update modera.payment_invoices set status = 'paid'",
      "insert into modera.users (language_code) values ('en')",
      "insert into modera.fashion_sessions (user_id, session_type) values (1, 'tryon')",
      "insert into modera.credit_transactions (credits_amount) values (50)",
      "delete from modera.virtual_tryons",
      "delete from modera.users",
    ]
  ) {
    await t.step(attack, () =>
      assert.rejects(
        modera.as("authenticated", person, (tx) => tx.unsafe(attack)),
        (error: { code: string }) => ["42501", "55000", "0A000"].includes(error.code),
      ));
  }
});

Deno.test("M-03: preferences are the user's own to change, through the contract's view", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(7), await modera.person()];
  const changed = await modera.as(
    "authenticated",
    person,
    (tx) =>
      tx`update modera.users set preferences = '{"colours": ["red"]}', size_preferences = '{"top": "M"}',
      language_code = 'ru' returning id::text, credits::int, language_code`,
  );
  assert.deepEqual(changed.map((row) => ({ ...row })), [
    { id: person.userId, credits: 7, language_code: "ru" },
  ]);
  const [untouched] = await modera.sql`
    select preferences from modera.profiles where id = ${other.userId}`;
  assert.deepEqual(untouched!.preferences, {});
  const spoil = (value: string) =>
    modera.as(
      "authenticated",
      person,
      (tx) => tx`update modera.users set preferences = ${value}::text::jsonb`,
    );
  await assert.rejects(spoil("[]"), { code: "23514" });
  await assert.rejects(spoil(JSON.stringify({ a: "x".repeat(20000) })), { code: "23514" });
});

Deno.test("M-08: a user rates their own finished try-on and nobody else's", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const [mine, theirs] = [await modera.start(person), await modera.start(other)];
  const rate = (id: string, rating: number) =>
    modera.as(
      "authenticated",
      person,
      (tx) =>
        tx`update modera.virtual_tryons set user_rating = ${rating}, user_saved = true
        where id = ${id} returning id`,
    );
  await assert.rejects(rate(mine.try_on_id, 5), /tryons_rated_when/);
  await modera.complete(person, mine);
  await modera.complete(other, theirs);
  assert.equal((await rate(mine.try_on_id, 5)).length, 1);
  assert.equal((await rate(theirs.try_on_id, 1)).length, 0);
  await assert.rejects(rate(mine.try_on_id, 6), { code: "23514" });
});

Deno.test("another's try-on is not found", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const started = await modera.start(person);
  await assert.rejects(modera.tryOn(other, started.try_on_id), { code: "PT404" });
  await assert.rejects(modera.tryOn({ id: await modera.kernel.user() }, started.try_on_id), {
    code: "PT404",
  });
});

const calls = [
  "modera.expire_sessions(1)",
  "modera.prediction_submission(gen_random_uuid())",
  "modera.mark_prediction_submitted(gen_random_uuid(), 'replicate', 'x')",
  "modera.complete_prediction(gen_random_uuid(), '{}', 'x')",
  "modera.fail_prediction(gen_random_uuid(), 'x', 'x')",
  "modera.update_user_credits(1, 50, 'bonus', p_key => 'k')",
  "private.modera_admit(gen_random_uuid())",
  "private.modera_update_user_credits(1, 50, 'bonus', null, null, 'k')",
  "private.modera_complete_prediction(gen_random_uuid(), '{}', 'x')",
  "private.modera_fail_prediction(gen_random_uuid(), 'x', 'x')",
  "private.modera_expire_sessions(1)",
  "private.stored_file('modera-inputs', 'x')",
  "private.modera_count_days('2026-01-01', '2026-01-01')",
];

for (const role of ["anon", "authenticated"] as const) {
  Deno.test(`M-10: ${role} cannot call what only the service may`, async (t) => {
    await using modera = await Modera.open();
    const person = await modera.person();
    for (const call of calls) {
      await t.step(
        call,
        () =>
          assert.rejects(modera.as(role, person, (tx) => tx.unsafe(`select ${call}`)), {
            code: "42501",
          }),
      );
    }
  });
}

Deno.test("M-10: anon cannot start or read a try-on or a style analysis", async () => {
  await using modera = await Modera.open();
  for (
    const call of [
      "start_try_on('a', 'b', 'k')",
      "try_on(gen_random_uuid())",
      "start_style_analysis('a', 'k')",
      "style_analysis(gen_random_uuid())",
    ]
  ) {
    await assert.rejects(modera.as("anon", null, (tx) => tx.unsafe(`select modera.${call}`)), {
      code: "42501",
    });
  }
});

Deno.test("X-11, M-25: people reach their own folder of modera-inputs, and only read their results", async (t) => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  for (const bucket of ["modera-inputs", "modera-results"]) {
    for (const owner of [person, other]) await modera.picture(owner, { bucket, name: "a.png" });
  }
  const insert = (bucket: string, path: string) =>
    modera.as(
      "authenticated",
      person,
      (tx) =>
        tx`insert into storage.objects (bucket_id, name) values (${bucket}, ${path}) returning id`,
    );
  await t.step("sees its own objects", async () => {
    const seen = await modera.as(
      "authenticated",
      person,
      (tx) => tx`select name from storage.objects`,
    );
    assert.deepEqual(seen.map((row) => row.name), [`${person.id}/a.png`, `${person.id}/a.png`]);
  });
  await t.step("adds to its own folder and no other", async () => {
    assert.equal((await insert("modera-inputs", `${person.id}/b.png`)).length, 1);
    const elsewhere = ["x.png", `${other.id}/b.png`, `${other.id}/${person.id}/b.png`];
    for (const path of elsewhere) {
      await assert.rejects(insert("modera-inputs", path), { code: "42501" });
    }
    await assert.rejects(insert("modera-results", `${person.id}/b.png`), { code: "42501" });
  });
  await t.step("changes nothing, deletes its own inputs", async () => {
    const work = (statement: string) =>
      modera.as(
        "authenticated",
        person,
        (tx) => tx.unsafe(`${statement} returning bucket_id, name`),
      );
    assert.equal((await work("update storage.objects set name = 'stolen'")).length, 0);
    const deleted = await work("delete from storage.objects");
    assert.ok(
      deleted.every((row) => row.bucket_id === "modera-inputs" && row.name.startsWith(person.id)),
    );
    assert.equal(deleted.length, 2);
  });
  await t.step("no bucket is public", async () => {
    const [row] = await modera
      .sql`select bool_or(public) as public, min(file_size_limit)::int as least
      from storage.buckets where id like 'modera-%'`;
    assert.deepEqual({ ...row }, { public: false, least: 10485760 });
  });
});
