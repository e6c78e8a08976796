import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

type Price = { price_id: string; amount: number; credits: number; valid_for_days: number | null };

/** A kernel with the product acme and somebody who administers it. */
async function office(): Promise<{ kernel: Kernel; admin: string }> {
  const kernel = await Kernel.open();
  const admin = await kernel.user();
  await kernel.sql`select private.appoint_admin(${admin}, 'acme', 'A test.')`;
  return { kernel, admin };
}

const terms = { product: "acme", offer: "basic", currency: "USD", amount: 500, credits: 50 };

const publish = (kernel: Kernel, who: string, change: object = {}) =>
  kernel.call<Price>("authenticated", who, "publish_price", { ...terms, ...change });

const syncJobs = async (kernel: Kernel) => {
  const rows = await kernel.sql`
    select dedupe_key from jobs.queue where kind = 'stripe.catalogue' order by created_at, id`;
  return rows.map(({ dedupe_key }) => dedupe_key as string);
};

Deno.test("an admin publishes a price: the one before is retired, it goes to Stripe, and it is audited", async () => {
  const { kernel, admin } = await office();
  await using _ = kernel;
  const first = await publish(kernel, admin);
  assert.equal((await publish(kernel, admin)).price_id, first.price_id);
  const second = await publish(kernel, admin, { amount: 450, valid_for_days: 365, title: "Sale" });
  assert.notEqual(second.price_id, first.price_id);
  assert.deepEqual([second.amount, second.valid_for_days], [450, 365]);
  const live = await kernel.service<Price[]>("live_prices", { product: "acme" });
  assert.deepEqual(live.map(({ price_id }) => price_id), [second.price_id]);
  assert.deepEqual(await syncJobs(kernel), [first.price_id, second.price_id]);
  const audited = await kernel.sql`select actor from audit.log where action = 'price.published'
    and subject = 'offer:acme/basic' order by id`;
  assert.deepEqual(audited.map(({ actor }) => actor), [admin, admin]);
});

Deno.test("an admin publishes a rate of a feature that there is", async () => {
  const { kernel, admin } = await office();
  await using _ = kernel;
  await kernel.sql`select billing.publish_rate('acme', 'paint', 2)`;
  const rate = (args: object) => kernel.call("authenticated", admin, "publish_rate", args);
  await rate({ product: "acme", feature: "paint", credits: 4 });
  assert.deepEqual(await kernel.service("live_rates", { product: "acme" }), { paint: 4 });
  await assert.rejects(rate({ product: "acme", feature: "piant", credits: 4 }), {
    message: "unknown_feature",
  });
  for (const credits of [0, -1, null, 1_000_001]) {
    await assert.rejects(rate({ product: "acme", feature: "paint", credits }), {
      message: "invalid_request",
    });
  }
  const [audited] = await kernel.sql`select actor, detail from audit.log
    where action = 'rate.published' and subject = 'rate:acme/paint' order by id desc limit 1`;
  assert.deepEqual({ ...audited }, { actor: admin, detail: { credits: 4 } });
});

Deno.test("M-14: what cannot be a price is refused by name", async (t) => {
  const { kernel, admin } = await office();
  await using _ = kernel;
  const wrong: [string, unknown][] = [
    ["amount", 0],
    ["amount", -1],
    ["amount", null],
    ["amount", 10_000_000_000],
    ["credits", 0],
    ["credits", null],
    ["credits", 1_000_000_001],
    ["currency", "zzz"],
    ["currency", "ZZZ"],
    ["currency", null],
    ["offer", "Basic Pack"],
    ["offer", null],
    ["title", ""],
    ["valid_for_days", 0],
  ];
  for (const [field, value] of wrong) {
    await t.step(`${field} ${value}`, () =>
      assert.rejects(
        publish(kernel, admin, { [field]: value }),
        (error: { message: string; hint: string }) =>
          error.message === "invalid_request" && JSON.parse(error.hint).field === field,
      ));
  }
  assert.deepEqual(await kernel.service("live_prices", { product: "acme" }), []);
});

Deno.test("M-01: prices and rates are published by the product's admins alone", async () => {
  const { kernel, admin } = await office();
  await using _ = kernel;
  const [user, other] = [await kernel.user(), await kernel.user()];
  await kernel.sql`select private.appoint_admin(${other}, 'modera', 'Another product.')`;
  for (const who of [user, other]) {
    const refused = { message: "admin_required" };
    const call = (name: string, args: object) => kernel.call("authenticated", who, name, args);
    const rate = { product: "acme", feature: "paint", credits: 1 };
    await assert.rejects(publish(kernel, who), refused);
    await assert.rejects(call("publish_rate", rate), refused);
    await assert.rejects(call("retire_offer", { product: "acme", offer: "basic" }), refused);
  }
  await assert.rejects(kernel.call("anon", null, "publish_price", terms), { code: "42501" });
  const boss = await kernel.user();
  await kernel.sql`select private.appoint_admin(${boss}, '*', 'All products.')`;
  await assert.rejects(publish(kernel, boss, { product: "nothing" }), {
    message: "unknown_product",
  });
  await publish(kernel, boss);
  await publish(kernel, admin);
});

Deno.test("a retired offer is not sold until a price is published again", async () => {
  const { kernel, admin } = await office();
  await using _ = kernel;
  const retire = (offer: string) =>
    kernel.call("authenticated", admin, "retire_offer", { product: "acme", offer });
  const live = async () =>
    (await kernel.service<Price[]>("live_prices", { product: "acme" })).length;
  await publish(kernel, admin);
  const gone = { product: "acme", offer: "basic", active: false };
  assert.deepEqual([await retire("basic"), await retire("basic")], [gone, gone]);
  assert.equal(await live(), 0);
  await assert.rejects(retire("other"), { message: "unknown_offer" });
  await publish(kernel, admin);
  assert.equal(await live(), 1);
});
