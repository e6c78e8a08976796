import assert from "node:assert/strict";
import { Dtf, refused } from "./dtf.ts";
import { dtfRowsOf } from "./rows.ts";

/** What a signed-in person may read: their own rows, or what is for everybody. */
const own = [
  "users",
  "profiles",
  "credit_transactions",
  "subscription_history",
  "images",
  "image_operations",
  "image_collections",
  "image_collection_items",
];
const everybodys = ["subscription_plans", "pay_as_you_go_packages", "plan_terms"];
const nobodys = [
  "api_costs",
  "api_usage_logs",
  "admin_logs",
  "system_metrics",
  "user_activity_logs",
  "email_templates",
  "email_campaigns",
  "email_logs",
  "user_analytics",
  "revenue_analytics",
  "welcomes",
];

/** Own columns of tables where a user is granted only some. */
const columns = (table: string) => table === "image_operations" ? "id, user_id, status" : "*";

Deno.test("F-01, F-02, F-16: people read their own rows and the price list, anon reads nothing, and no policy recurses", async (t) => {
  await using dtf = await Dtf.open();
  const [one, other] = [await dtf.person(), await dtf.person()];
  await dtfRowsOf(dtf.sql, one);
  await dtfRowsOf(dtf.sql, other);
  for (const table of own) {
    await t.step(table, async () => {
      const rows = await dtf.as(
        "authenticated",
        one,
        (tx) => tx.unsafe(`select ${columns(table)} from dtf.${table}`),
      );
      assert.ok(rows.length > 0);
      assert.deepEqual([...new Set(rows.map((row) => row["user_id"] ?? row["id"]))], [one]);
    });
  }
  for (const table of everybodys) {
    await t.step(table, async () => {
      const rows = await dtf.as(
        "authenticated",
        one,
        (tx) => tx.unsafe(`select * from dtf.${table}`),
      );
      assert.ok(rows.length >= 3);
    });
  }
  for (const table of [...own, ...everybodys, ...nobodys]) {
    const query = `select * from dtf.${table}`;
    await assert.rejects(dtf.as("anon", null, (tx) => tx.unsafe(query)), { code: "42501" }, table);
  }
});

Deno.test("F-13, F-16, F-24: costs, logs, mail and analytics are read by no signed-in user", async (t) => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  await dtf.sql`select private.appoint_admin(${one}, 'dtf', 'test')`;
  for (const table of nobodys) {
    await t.step(table, () =>
      assert.rejects(
        dtf.as("authenticated", one, (tx) => tx.unsafe(`select * from dtf.${table}`)),
        { code: "42501" },
      ));
  }
});

Deno.test("F-03, F-04, F-15, X-01: nobody gives themselves rank, credits, results or time", async (t) => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  await dtfRowsOf(dtf.sql, one);
  for (
    const attack of [
      "update dtf.profiles set is_admin = true",
      "update dtf.profiles set credits_remaining = 1000000",
      "update dtf.profiles set subscription_status = 'starter'",
      "update dtf.profiles set subscription_plan = 'starter'",
      "update dtf.profiles set stripe_customer_id = 'cus_1'",
      "update dtf.profiles set email = 'x@example.com'",
      "update dtf.users set auth_user_id = gen_random_uuid()",
      "update dtf.users set is_active = false",
      "insert into dtf.users (id) values (gen_random_uuid())",
      "insert into dtf.credit_transactions (amount) values (1000000)",
      "update dtf.credit_transactions set amount = 1",
      "update dtf.images set processing_status = 'completed'",
      "update dtf.images set final_url = 'x'",
      "update dtf.images set expires_at = null",
      "update dtf.images set download_count = 0",
      "insert into dtf.images (user_id, original_filename) values (auth.uid(), 'x.png')",
      "delete from dtf.images",
      "update dtf.image_operations set credits_used = 0",
      "select api_cost from dtf.image_operations",
      "update dtf.image_collections set is_public = true",
      "insert into dtf.image_collections (user_id, name) values (auth.uid(), 'x')",
      "update dtf.subscription_plans set is_active = false",
      "update dtf.pay_as_you_go_packages set price = 1",
      "insert into storage.objects (bucket_id, name) values ('dtf-images', auth.uid() || '/x.png')",
    ]
  ) {
    await t.step(
      attack,
      () => assert.rejects(dtf.as("authenticated", one, (tx) => tx.unsafe(attack)), refused),
    );
  }
});

for (const role of ["anon", "authenticated"] as const) {
  Deno.test(`F-05, X-05: ${role} cannot call what only the service may`, async (t) => {
    await using dtf = await Dtf.open();
    const one = await dtf.person();
    for (
      const call of [
        "dtf.add_user_credits(auth.uid(), 1000000, 'bonus', p_key => 'k')",
        "dtf.deduct_user_credits(auth.uid(), 1, 'usage', p_key => 'k')",
        "private.dtf_add_user_credits(auth.uid(), 1, 'bonus', null, null, 'k', null)",
        "private.dtf_deduct_user_credits(auth.uid(), 1, 'usage', null, null, 'k')",
        "private.dtf_admit(gen_random_uuid())",
        "private.dtf_welcome(auth.uid())",
        "private.dtf_address(auth.uid())",
        "private.keyed_hash('dtf.welcomes', 'x')",
        "private.dtf_record_activity(auth.uid(), 'x')",
        "billing.publish_plan('dtf', 'x', 'X', 1)",
        "private.turn_months()",
      ]
    ) {
      await t.step(
        call,
        () =>
          assert.rejects(dtf.as(role, one, (tx) => tx.unsafe(`select ${call}`)), { code: "42501" }),
      );
    }
  });
}

Deno.test("F-03, F-27: people change what they said of themselves, in the form that it must have", async () => {
  await using dtf = await Dtf.open();
  const [one, other] = [await dtf.person(), await dtf.person()];
  const change = (assignment: string) =>
    dtf.as("authenticated", one, (tx) => tx.unsafe(`update dtf.profiles set ${assignment}`));
  await change("first_name = 'Kim', company = 'Prints', phone = '+4915123456789'");
  await change(`avatar_url = '${one}/avatar.png'`);
  const rows = await dtf
    .sql`select id, first_name, phone from dtf.users where first_name is not null`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { id: one, first_name: "Kim", phone: "+4915123456789" },
  ]);
  await assert.rejects(change("phone = '0151 23'"), { code: "23514" });
  await assert.rejects(change(`avatar_url = '${other}/avatar.png'`), { code: "23514" });
  await assert.rejects(change("avatar_url = 'https://example.com/track.gif'"), { code: "23514" });
});
