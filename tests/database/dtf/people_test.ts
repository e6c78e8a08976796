import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

const enter = (dtf: Dtf, person: string) => dtf.call<string>(person, "ensure_profile");

Deno.test("F-11: the first call makes the profile and gives two credits with an entry in the books, once", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.stranger("Kim@example.com");
  await Promise.all(Array.from({ length: 8 }, () => enter(dtf, one)));
  assert.equal(await dtf.available(one), 2);
  const rows = await dtf.as("authenticated", one, (tx) =>
    tx`
    select p.email, p.credits_remaining::int, p.subscription_status, p.is_admin, t.transaction_type, t.amount::int
    from dtf.profiles p join dtf.credit_transactions t on t.user_id = p.id`);
  assert.deepEqual(rows.map((row) => ({ ...row })), [{
    email: "Kim@example.com",
    credits_remaining: 2,
    subscription_status: "free",
    is_admin: false,
    transaction_type: "bonus",
    amount: 2,
  }]);
  await assert.rejects(dtf.as("authenticated", null, (tx) => tx`select dtf.ensure_profile()`), {
    message: "unauthorized",
  });
});

Deno.test("F-11: who signs up again by the same address begins with nothing, however it is written", async (t) => {
  await using dtf = await Dtf.open();
  const first = await dtf.stranger("kim@example.com");
  await enter(dtf, first);
  await dtf.sql`delete from auth.users where id = ${first}`;
  for (const email of ["kim@example.com", "KIM@example.com", "kim+2@example.com"]) {
    await t.step(email, async () => {
      const again = await dtf.stranger(email);
      await enter(dtf, again);
      assert.equal(await dtf.available(again), 0);
      await dtf.sql`delete from auth.users where id = ${again}`;
    });
  }
  const other = await dtf.stranger("kimber@example.com");
  await enter(dtf, other);
  assert.equal(await dtf.available(other), 2);
  const kept = await dtf.sql`select encode(address_hash, 'escape') as text from dtf.welcomes`;
  assert.equal(kept.length, 2);
  assert.ok(kept.every(({ text }) => !String(text).includes("kim")));
});

Deno.test("F-11: an address that nobody confirmed earns nothing until it is confirmed", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.kernel.user();
  await enter(dtf, one);
  assert.equal(await dtf.available(one), 0);
  await dtf.sql`update auth.users set email_confirmed_at = private.now() where id = ${one}`;
  await enter(dtf, one);
  await enter(dtf, one);
  assert.equal(await dtf.available(one), 2);
});

Deno.test("F-11: the address in a profile is Auth's, and there may be none", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person();
  const email = async () => {
    const [row] = await dtf.as("authenticated", one, (tx) => tx`select email from dtf.profiles`);
    return row!.email;
  };
  await dtf.sql`update auth.users set email = 'new@example.com' where id = ${one}`;
  assert.equal(await email(), "new@example.com");
  await dtf.sql`update auth.users set email = null, phone = '4915123456789' where id = ${one}`;
  assert.equal(await email(), null);
});

Deno.test("F-14, X-06: deleting the Auth user keeps the ledger and the logs of cost, and forgets the person", async () => {
  await using dtf = await Dtf.open();
  const one = await dtf.person(5);
  await dtf
    .sql`update dtf.users set first_name = 'Kim', phone = '+4915123456789' where id = ${one}`;
  await dtf.sql`insert into dtf.api_usage_logs (user_id, api_provider, operation_type, cost)
    values (${one}, 'replicate', 'upscale', 100)`;
  await dtf.sql`select private.appoint_admin(${one}, 'dtf', 'test')`;
  await dtf.sql`delete from auth.users where id = ${one}`;
  const [row] = await dtf.sql`
    select u.auth_user_id, u.first_name, u.phone, u.is_active, h.anonymised_at is not null as anonymised,
      (select count(*)::int from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.holder = u.id) as entries,
      (select count(*)::int from dtf.api_usage_logs l where l.user_id = u.id) as calls
    from dtf.users u join ledger.holders h on h.product = 'dtf' and h.holder = u.id where u.id = ${one}`;
  assert.deepEqual({ ...row }, {
    auth_user_id: null,
    first_name: null,
    phone: null,
    is_active: false,
    anonymised: true,
    entries: 2,
    calls: 1,
  });
  assert.deepEqual(await dtf.kernel.verify(), []);
});
