import assert from "node:assert/strict";
import { Post, refusal, words } from "./post.ts";

Deno.test("a template has versions; a change must name the one it saw", async () => {
  await using post = await Post.open();
  assert.equal((await post.template("news")).version, 1);
  assert.equal(await refusal(post.template("news")), "version_conflict");
  assert.equal((await post.template("news", { expected_version: 1, subject: "New" })).version, 2);
  assert.equal(await refusal(post.template("news", { expected_version: 1 })), "version_conflict");
  assert.equal(await refusal(post.template("none", { expected_version: 1 })), "not_found");
  const read = (version: number | null) =>
    post.asAdmin<{ subject: string; current: boolean }>("mail_template", {
      product: "acme",
      name: "news",
      version,
    });
  assert.deepEqual([(await read(1)).subject, (await read(1)).current], [words.subject, false]);
  assert.deepEqual([(await read(null)).subject, (await read(null)).current], ["New", true]);
});

Deno.test("what a template said cannot be changed, not even by its owner", async () => {
  await using post = await Post.open();
  await post.template("news");
  await assert.rejects(post.kernel.sql`update mail.template_versions set subject = 'x'`, /append/);
  await assert.rejects(post.kernel.sql`delete from mail.template_versions`, /append/);
});

Deno.test("words that use what is not declared are refused by name", async () => {
  await using post = await Post.open();
  for (const field of ["subject", "html", "plain"]) {
    assert.equal(
      await refusal(post.template("news", { [field]: "{{ surname }}" })),
      "undeclared_variable",
    );
    assert.equal(await refusal(post.template("news", { [field]: "{{name" })), "invalid_request");
  }
  const declarations = [
    [{ name: "Name", type: "text" }],
    [{ name: "unsubscribe_url", type: "url" }],
    [{ name: "a", type: "number" }],
    [{ name: "a", type: "text" }, { name: "a", type: "text" }],
    [{ name: "a", type: "text", default: 1 }],
    [{ name: "a", type: "text", extra: "" }],
    {},
  ];
  for (const variables of declarations) {
    const refused = post.template("news", { variables, subject: "x", html: "x", plain: "x" });
    assert.equal(await refusal(refused), "invalid_request", JSON.stringify(variables));
  }
  const [{ count }] = await post.kernel.sql<[{ count: number }]>`
    select count(*)::int from mail.templates`;
  assert.equal(count, 0);
});

Deno.test("templates are for the product's admins, and every change is on the record", async () => {
  await using post = await Post.open();
  await post.template("news");
  const args = { product: "acme", name: "news", active: false };
  for (const user of [await post.kernel.user(), null]) {
    assert.equal(
      await refusal(post.kernel.call("authenticated", user, "switch_mail_template", args)),
      "admin_required",
    );
  }
  assert.equal(
    await refusal(post.asAdmin("mail_templates", { product: "modera" })),
    "admin_required",
  );
  await post.asAdmin("switch_mail_template", args);
  const log = await post.kernel.sql`
    select action, detail ->> 'product' as product from audit.log where actor = ${post.admin} order by id`;
  assert.deepEqual(log.map(({ action, product }) => [action, product]), [
    ["mail.template_saved", "acme"],
    ["mail.template_switched", "acme"],
  ]);
});

Deno.test("what is for admins refuses everybody else, and admins of other products", async () => {
  await using post = await Post.open();
  await post.template("news");
  await post.people({ address: "kim@example.com" });
  const campaign_id = await post.draft();
  const other = await post.kernel.user();
  await post.kernel.sql`select private.appoint_admin(${other}, 'modera', 'test')`;
  const product = "acme";
  const address = { product, address: "kim@example.com", because: "x" };
  const calls: Record<string, object> = {
    save_mail_template: { product, name: "n", ...words },
    switch_mail_template: { product, name: "news", active: false },
    mail_templates: { product },
    mail_template: { product, name: "news" },
    draft_campaign: { product, name: "n", template: "news", audience: {}, variables: {} },
    schedule_campaign: { campaign_id },
    cancel_campaign: { campaign_id },
    count_audience: { product, audience: {} },
    campaigns: { product },
    campaign: { campaign_id },
    mail_suppressions: { product, address: "kim@example.com" },
    suppress_mail: address,
    lift_mail_suppression: { ...address, reason: "bounce" },
    mails: { product },
  };
  for (const [name, args] of Object.entries(calls)) {
    for (const user of [await post.kernel.user(), other]) {
      const call = post.kernel.call("authenticated", user, name, args);
      assert.equal(await refusal(call), "admin_required", name);
    }
  }
});
