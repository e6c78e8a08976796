import assert from "node:assert/strict";
import { Modera, type Person } from "../modera/modera.ts";
import { personWithTraces, tracesIn } from "./person.ts";

type Erasure = { erasure_id: string; state: string; due_at: string; cancelled_at: string | null };

const ask = (modera: Modera, person: { id: string }, name: "request" | "cancel" | "read") =>
  modera.kernel.call<Erasure>("authenticated", person.id, `${name}_erasure`, {});

const grace = (modera: Modera) => modera.kernel.database.advanceClock("30 days 1 minute");

/** What Storage and Auth do of an erasure. */
async function deleteOutside({ sql }: Modera, person: Person): Promise<void> {
  await sql`delete from storage.objects where name like ${`${person.id}/%`}`;
  await sql`delete from auth.users where id = ${person.id}`;
}

Deno.test("X-10, M-26: after the grace nothing is left of a person but books that name nobody", async () => {
  await using modera = await Modera.open();
  const person = await personWithTraces(modera);
  const before = await modera.entries(person);
  assert.deepEqual(await tracesIn(modera), [
    "auth.users",
    "billing.customers",
    "events.inbox",
    "jobs.predictions",
    "modera.fashion_sessions",
    "modera.profiles",
    "modera.recommendations",
    "modera.style_analyses",
    "modera.virtual_tryons",
    "storage.objects",
  ]);
  const { erasure_id } = await ask(modera, person, "request");
  await grace(modera);
  const begun = await modera.kernel.service("begin_erasure", { erasure_id });
  assert.deepEqual(begun, { state: "running", user_id: person.id });
  assert.equal((await modera.balance(person)).pending, 0);
  await deleteOutside(modera, person);
  assert.deepEqual(await modera.kernel.service("finish_erasure", { erasure_id }), {
    state: "done",
  });

  assert.deepEqual(await tracesIn(modera), []);
  assert.deepEqual(await modera.kernel.verify(), []);
  assert.deepEqual(await modera.entries(person), before);
  const [left] = await modera.sql`
    select p.auth_user_id, p.telegram_id, p.is_active, h.anonymised_at is not null as anonymous,
      (select count(*)::int from modera.fashion_sessions s where s.user_id = p.id) as sessions,
      (select array_agg(i.state::text order by i.state) from billing.invoices i where i.holder = p.holder) as invoices,
      (select count(*)::int from modera.consents c where c.user_id = p.id) as consents
    from modera.profiles p join ledger.holders h on h.holder = p.holder where p.holder = ${person.id}`;
  assert.deepEqual({ ...left }, {
    auth_user_id: null,
    telegram_id: null,
    is_active: false,
    anonymous: true,
    sessions: 0,
    invoices: ["paid", "cancelled"],
    consents: 1,
  });
  const [record] = await modera
    .sql`select detail, subject from audit.log where action = 'account.erased'`;
  assert.deepEqual({ ...record }, { detail: {}, subject: `erasure:${erasure_id}` });
});

Deno.test("an invoice that waits and what is held are ended when the erasure begins", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const { erasure_id } = await ask(modera, person, "request");
  await grace(modera);
  await modera.start(person);
  await modera
    .sql`insert into billing.payment_methods (product, holder, provider, provider_customer_id, provider_method_id, saved_at)
    values ('modera', ${person.id}, 'stripe', 'cus_1', 'pm_1', private.now())`;
  await modera.sql`select ledger.hold('modera', ${person.id}, 5, 'stray', 'other', '1 day')`;
  await modera.sql`
    insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits)
    select 'modera', ${person.id}, 'k', '\\x', p.id, o.code, o.title, p.amount, p.currency, p.credits
    from billing.prices p join billing.offers o on o.id = p.offer_id
    where o.product = 'modera' and o.code = 'basic' and p.currency = 'USD'`;
  for (let again = 0; again < 2; again++) {
    await modera.kernel.service("begin_erasure", { erasure_id });
    assert.deepEqual(await modera.balance(person), { posted: 50, pending: 0, available: 50 });
    const [row] = await modera
      .sql`select (select state from billing.invoices where holder = ${person.id}) as invoice,
      (select status from modera.fashion_sessions) as session`;
    assert.deepEqual({ ...row }, { invoice: "cancelled", session: "failed" });
    const cards = await modera
      .sql`select payload from jobs.queue where kind = 'stripe.detach-method'`;
    assert.deepEqual(cards.map((job) => job["payload"]), [{ payment_method_id: "pm_1" }]);
  }
});

Deno.test("within the grace nothing is erased, and the person can take it back", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const asked = await ask(modera, person, "request");
  assert.deepEqual(await ask(modera, person, "request"), asked);
  await modera.kernel.database.advanceClock("29 days 23 hours");
  const { erasure_id } = asked;
  const early = await modera.kernel.service<{ state: string }>("begin_erasure", { erasure_id });
  assert.equal(early.state, "requested");
  const cancelled = await ask(modera, person, "cancel");
  assert.deepEqual([cancelled.state, cancelled.cancelled_at !== null], ["cancelled", true]);
  assert.deepEqual(await ask(modera, person, "cancel"), cancelled);
  assert.deepEqual(await ask(modera, person, "read"), cancelled);
  await grace(modera);
  const late = await modera.kernel.service<{ state: string }>("begin_erasure", { erasure_id });
  assert.equal(late.state, "cancelled");
  assert.notEqual((await ask(modera, person, "request")).erasure_id, erasure_id);
});

Deno.test("an erasure that has begun cannot be taken back, and does not end before all is gone", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const path = await modera.picture(person);
  const { erasure_id } = await ask(modera, person, "request");
  await grace(modera);
  await modera.kernel.service("begin_erasure", { erasure_id });
  await assert.rejects(ask(modera, person, "cancel"), { code: "PT409" });
  const finish = () => modera.kernel.service("finish_erasure", { erasure_id });
  await assert.rejects(finish(), { message: "illegal_transition" });
  const files = await modera.kernel.service<{ path: string }[]>("erasure_files", { erasure_id });
  assert.deepEqual(files.map((file) => file.path), [path]);
  await modera.sql`delete from storage.objects where name = ${path}`;
  await assert.rejects(finish(), { message: "illegal_transition" });
  await modera.sql`delete from auth.users where id = ${person.id}`;
  for (let again = 0; again < 2; again++) assert.deepEqual(await finish(), { state: "done" });
});

Deno.test("the clock queues what is due, once a day for as long as it takes", async () => {
  await using modera = await Modera.open();
  const { erasure_id } = await ask(modera, await modera.person(), "request");
  await ask(modera, await modera.person(), "request").then(() => grace(modera));
  await ask(modera, await modera.person(), "request");
  const queued = async () => {
    await modera.sql`select private.run_job('account-erasures')`;
    const rows = await modera
      .sql`select payload ->> 'erasure_id' as id from jobs.queue where kind = 'account.erasure'`;
    return rows.filter((row) => row["id"] === erasure_id).length * 10 + rows.length;
  };
  assert.deepEqual([await queued(), await queued()], [12, 12]);
  await modera.kernel.database.advanceClock("1 day");
  assert.equal(await queued(), 24);
});

Deno.test("erasures are the person's own to ask for, and the service's to do", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const { erasure_id } = await ask(modera, person, "request");
  await assert.rejects(ask(modera, other, "read"), { code: "PT404" });
  await assert.rejects(ask(modera, other, "cancel"), { code: "PT404" });
  const leavingAt = (reader: Person) =>
    modera.as("authenticated", reader, async (tx) => {
      const [row] = await tx`select private.leaving_at(${person.id}) as at`;
      return row!["at"];
    });
  assert.deepEqual([await leavingAt(person) !== null, await leavingAt(other)], [true, null]);
  for (const name of ["begin_erasure", "erasure_files", "finish_erasure"]) {
    for (const role of ["anon", "authenticated"] as const) {
      await assert.rejects(modera.kernel.call(role, person.id, name, { erasure_id }), {
        code: "42501",
      });
    }
  }
  await assert.rejects(modera.kernel.call("anon", null, "request_erasure", {}), { code: "42501" });
  await assert.rejects(modera.sql`delete from private.account_erasures`, { code: "42501" });
});
