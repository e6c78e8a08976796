import assert from "node:assert/strict";
import { Dtf } from "../dtf/dtf.ts";

interface Person {
  user_id: string;
  email: string;
  is_active: boolean;
  came_at: string;
  leaving_at: string | null;
  plan: string;
  credits: number;
  facts: Record<string, unknown>;
}

type Whole = Person & { balance: { available: number }; invoices: unknown[] };

/** Three people, an hour apart, and an admin. */
async function scene() {
  const dtf = await Dtf.open();
  const keeper = await dtf.kernel.user();
  await dtf.sql`select private.appoint_admin(${keeper}, 'dtf', 'test')`;
  const people: string[] = [];
  for (const email of ["ada@example.com", "bo@example.org", "cy@example.com"]) {
    const id = await dtf.stranger(email);
    await dtf.sql`select private.dtf_admit(${id})`;
    await dtf.sql`select platform.advance_clock('1 hour')`;
    people.push(id);
  }
  const ask = <T>(name: string, args: Record<string, unknown>, caller = keeper) =>
    dtf.kernel.call<T>("authenticated", caller, name, { product: "dtf", ...args });
  const close = (user_id: string, active = false, reason = "Stolen card.") =>
    ask<Person>("set_active", { user_id, active, reason });
  return {
    dtf,
    keeper,
    people: people as [string, string, string],
    ask,
    close,
    [Symbol.asyncDispose]: () => dtf[Symbol.asyncDispose](),
  };
}

const idsOf = (people: Person[]) => people.map(({ user_id }) => user_id);

Deno.test("an admin lists a product's people, who came last first, page by page, and finds some of them", async () => {
  await using s = await scene();
  const [ada, bo, cy] = s.people;
  const all = await s.ask<Person[]>("people", {});
  assert.deepEqual(idsOf(all), [cy, bo, ada]);
  assert.deepEqual([all[0]!.email, all[0]!.plan, all[0]!.credits, all[0]!.is_active], [
    "cy@example.com",
    "free",
    2,
    true,
  ]);
  const first = await s.ask<Person[]>("people", { page_size: 2 });
  const last = first.at(-1)!;
  const rest = await s.ask<Person[]>("people", { before: last.came_at, before_id: last.user_id });
  assert.deepEqual(idsOf([...first, ...rest]), [cy, bo, ada]);
  assert.deepEqual(idsOf(await s.ask("people", { search: "EXAMPLE.com" })), [cy, ada]);
  assert.deepEqual(idsOf(await s.ask("people", { search: bo })), [bo]);
  assert.deepEqual(await s.ask("people", { search: "nobody" }), []);
  await s.close(bo);
  assert.deepEqual(idsOf(await s.ask("people", { active: false })), [bo]);
  assert.deepEqual(idsOf(await s.ask("people", { active: true })), [cy, ada]);
});

Deno.test("F-13: one person in full: balance, invoices, pictures, and when they leave", async () => {
  await using s = await scene();
  const [ada] = s.people;
  await s.dtf.picture(ada);
  await s.dtf.sql`insert into private.account_erasures (user_id) values (${ada})`;
  const person = await s.ask<Whole>("person", { user_id: ada });
  assert.deepEqual([person.balance.available, person.invoices], [2, []]);
  assert.equal(person.facts["completed_images"], 1);
  assert.equal(person.facts["total_credits_used"], 0);
  assert.ok(person.leaving_at);
  await assert.rejects(s.ask("person", { user_id: crypto.randomUUID() }), /holder_not_found/);
});

Deno.test("a closed account starts and buys nothing until it is opened again", async () => {
  await using s = await scene();
  const [ada] = s.people;
  const image = await s.dtf.picture(ada);
  const upscale = s.dtf.sql.json([{ operation: "upscale", options: {} }]);
  const begin = (key: string) => s.dtf.call(ada, "start_operations", image, upscale, key);
  assert.equal((await s.close(ada)).is_active, false);
  await assert.rejects(begin("k1"), /forbidden/);
  await assert.rejects(s.dtf.call(ada, "reserve_image", "a.png", 10, "image/png"), /forbidden/);
  for (
    const [name, args] of [
      ["open_invoice", { offer: "pack-10", currency: "USD", key: "k2" }],
      ["open_subscription", { plan: "basic", key: "k3" }],
    ] as const
  ) {
    await assert.rejects(s.ask(name, args, ada), /forbidden/, name);
  }
  const written = await s.dtf.sql`
    select person::text from private.dtf_audience('{}') union all select 'told' where private.dtf_contact(${ada}) is not null`;
  assert.deepEqual(written.map(({ person }) => person).toSorted(), s.people.slice(1).toSorted());
  // An admin makes good on what is owed all the same.
  await s.ask("adjust_credits", { holder: ada, amount: 1, reason: "A refund.", key: "k4" });
  assert.equal((await s.close(ada, true)).is_active, true);
  await begin("k1");
});

Deno.test("closing is recorded once, with its reason, and told to whom ends the subscription", async () => {
  await using s = await scene();
  const [ada] = s.people;
  await s.close(ada);
  await s.close(ada);
  await s.close(ada, true, "It was their own.");
  const rows = await s.dtf.sql`
    select action, target_id, details ->> 'reason' as reason from dtf.admin_logs order by created_at`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { action: "account.closed", target_id: ada, reason: "Stolen card." },
    { action: "account.opened", target_id: ada, reason: "It was their own." },
  ]);
  const [job] = await s.dtf.sql`
    select q.kind from jobs.queue q join events.outbox o on o.id = (q.payload ->> 'fact_id')::bigint
    where o.topic = 'account.closed'`;
  assert.equal(job?.["kind"], "stripe.end-subscription");
});

Deno.test("only an admin of the product sees people, closes accounts and reads what was done", async () => {
  await using s = await scene();
  const [ada, bo] = s.people;
  await s.dtf.sql`select private.appoint_admin(${bo}, 'acme', 'test')`;
  for (const caller of [ada, bo]) {
    for (
      const [name, args] of [
        ["people", {}],
        ["person", { user_id: ada }],
        ["set_active", { user_id: ada, active: false, reason: "Because." }],
        ["audit_log", {}],
        ["all_plans", {}],
        ["change_plan", { plan: "basic", expected_version: 1, change: {} }],
        ["revenue_by_month", { first_month: "2026-01-01", last_month: "2026-12-01" }],
      ] as const
    ) {
      await assert.rejects(s.ask(name, args, caller), /admin_required/, name);
    }
  }
  await assert.rejects(s.close(ada, false, " x "), /invalid_request/);
  assert.equal((await s.ask<Person>("person", { user_id: ada })).is_active, true);
});

Deno.test("F-24: the log is read by product, action, actor, subject and time, page by page", async () => {
  await using s = await scene();
  const [ada, bo] = s.people;
  await s.close(ada);
  await s.close(bo);
  await s.dtf.sql`select billing.publish_rate('dtf', 'upscale', 3)`;
  await s.dtf.sql`select audit.record('price.published', 'offer:acme/pack', '{}')`;
  type Entry = { log_id: number; action: string; actor: string | null; subject: string };
  const read = (args: Record<string, unknown>) => s.ask<Entry[]>("audit_log", args);
  const closed = await read({ action: "account" });
  assert.deepEqual(closed.map(({ subject }) => subject), [`user:${bo}`, `user:${ada}`]);
  assert.ok(closed.every(({ actor }) => actor === s.keeper));
  assert.deepEqual((await read({ subject: `user:${ada}` })).map(({ action }) => action), [
    "account.closed",
  ]);
  assert.deepEqual(
    (await read({ action: "rate.published", page_size: 1 })).map((entry) => [
      entry.actor,
      entry.subject,
    ]),
    [[null, "rate:dtf/upscale"]],
  );
  assert.deepEqual(await read({ actor: ada }), []);
  const [newest, next] = [await read({ page_size: 1 }), await read({ page_size: 1, before: 0 })];
  assert.equal(newest.length, 1);
  assert.deepEqual(next, []);
  assert.ok(
    (await read({ before: newest[0]!.log_id })).every(({ log_id }) => log_id < newest[0]!.log_id),
  );
  assert.ok((await read({ page_size: 100 })).every(({ subject }) => !subject.includes("acme")));
  assert.deepEqual(await read({ since: "2099-01-01T00:00:00Z" }), []);
});
