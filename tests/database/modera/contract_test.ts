import assert from "node:assert/strict";
import { Modera } from "./modera.ts";

Deno.test("M-09, X-06: deleting the Auth user keeps the ledger and the invoices, and forgets the person", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera.sql`update modera.profiles set username = 'ann', body_measurements = '{"waist": 70}'
    where id = ${person.userId}`;
  await modera.complete(person, await modera.start(person));
  await modera.sql`delete from auth.users where id = ${person.id}`;
  const [row] = await modera.sql`
    select p.auth_user_id, p.username, p.body_measurements, p.is_active, h.anonymised_at is not null as anonymised,
      (select count(*)::int from ledger.entries e where e.account_id = a.id) as entries
    from modera.profiles p join ledger.holders h on h.product = 'modera' and h.holder = p.holder
    join ledger.accounts a on a.holder = p.holder`;
  assert.deepEqual({ ...row }, {
    auth_user_id: null,
    username: null,
    body_measurements: {},
    is_active: false,
    anonymised: true,
    entries: 2,
  });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("M-11: a charged session can be purged, and its transaction stays", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  await modera.complete(person, started);
  const usage = async () => {
    const rows = await modera.as(
      "authenticated",
      person,
      (tx) =>
        tx`select credits_amount::int as amount, session_id from modera.credit_transactions
        where transaction_type = 'usage'`,
    );
    return rows.map((row) => ({ ...row }));
  };
  assert.deepEqual(await usage(), [{ amount: -3, session_id: started.session_id }]);
  await modera.sql`delete from modera.fashion_sessions where id = ${started.session_id}`;
  assert.deepEqual(await usage(), [{ amount: -3, session_id: null }]);
  assert.equal((await modera.balance(person)).posted, 47);
});

Deno.test("M-12: a deadline is the same moment in every time zone", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const lengths = new Set<string>();
  for (const zone of ["UTC", "Asia/Vladivostok", "America/Los_Angeles"]) {
    await modera.sql.begin(async (tx) => {
      await tx.unsafe(`set local time zone '${zone}'`);
      const [row] = await tx`insert into modera.fashion_sessions (user_id, session_type)
        values (${person.userId}, 'styling') returning extract(epoch from expires_at - private.now())::int as seconds`;
      lengths.add(row!.seconds);
    });
  }
  assert.deepEqual([...lengths], [1800]);
});

Deno.test("M-16: users get their ids by themselves, once for each person", async () => {
  await using modera = await Modera.open();
  const id = await modera.kernel.user();
  await Promise.all(
    Array.from({ length: 8 }, () => modera.sql`select private.admit('modera', ${id})`),
  );
  const rows = await modera
    .sql`select id > 0 as numbered, telegram_id from modera.profiles where holder = ${id}`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ numbered: true, telegram_id: null }]);
  await assert.rejects(modera.sql`select private.admit('modera', gen_random_uuid())`, {
    message: "holder_not_found",
  });
});

Deno.test("M-19: a child belongs to its session's user", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const [session] = await modera.sql`insert into modera.fashion_sessions (user_id, session_type)
    values (${person.userId}, 'tryon') returning id`;
  const insert = (user: string | null) =>
    modera
      .sql`insert into modera.virtual_tryons (session_id, user_id, person_image_url, clothing_image_url)
      values (${session!.id}, ${user}, ${`${person.id}/a.png`}, ${`${person.id}/b.png`})`;
  await assert.rejects(insert(other.userId), { code: "23503" });
  await assert.rejects(insert(null), { code: "23502" });
  await insert(person.userId);
});

Deno.test("M-20: a styling session has no try-ons and a try-on session no analyses", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const session = async (type: string) => {
    const [row] = await modera.sql`insert into modera.fashion_sessions (user_id, session_type)
      values (${person.userId}, ${type}) returning id`;
    return row!.id;
  };
  const path = `${person.id}/a.png`;
  const [styling, tryon] = [await session("styling"), await session("tryon")];
  await assert.rejects(
    modera
      .sql`insert into modera.virtual_tryons (session_id, user_id, person_image_url, clothing_image_url)
      values (${styling}, ${person.userId}, ${path}, ${path})`,
    { code: "23503" },
  );
  await assert.rejects(
    modera.sql`insert into modera.style_analyses (session_id, user_id, input_image_url)
      values (${tryon}, ${person.userId}, ${path})`,
    { code: "23503" },
  );
  await assert.rejects(session("other"), { code: "23514" });
});

const states = ["active", "processing", "completed", "failed", "expired"];
const legal = [
  "active processing",
  "active failed",
  "active expired",
  "processing completed",
  "processing failed",
  "processing expired",
];

Deno.test("X-09, M-22: a session moves as it may and in no other way", async (t) => {
  await using modera = await Modera.open();
  const person = await modera.person();
  for (const from of states) {
    for (const to of states.filter((state) => state !== from)) {
      const move = `${from} ${to}`;
      await t.step(move, async () => {
        const [session] = await modera.sql`
          insert into modera.fashion_sessions (user_id, session_type, status, failure_code, completed_at)
          values (${person.userId}, 'tryon', ${from},
            ${["failed", "expired"].includes(from) ? "x" : null},
            ${["active", "processing"].includes(from) ? null : modera.sql`private.now()`})
          returning id`;
        const update = modera.sql`
          update modera.fashion_sessions set status = ${to},
            failure_code = ${["failed", "expired"].includes(to) ? "x" : null},
            completed_at = ${
          ["active", "processing"].includes(to) ? null : modera.sql`private.now()`
        }
          where id = ${session!.id}`;
        if (legal.includes(move)) await update;
        else await assert.rejects(update, { code: "PT409", message: "illegal_transition" });
      });
    }
  }
});

Deno.test("M-17, M-22, M-25: rows that contradict themselves are refused", async (t) => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  const bad: Record<string, string> = {
    "an end before the start":
      "update modera.fashion_sessions set status = 'failed', failure_code = 'x', completed_at = created_at - interval '1 second'",
    "a failure without a reason":
      "update modera.fashion_sessions set status = 'failed', completed_at = private.now()",
    "an end that is open":
      "update modera.fashion_sessions set status = 'failed', failure_code = 'x'",
    "a charge without a result": "update modera.virtual_tryons set credits_used = 3",
    "a session charged while it runs": "update modera.fashion_sessions set credits_used = 3",
    "a result without its time":
      `update modera.virtual_tryons set result_image_url = '${person.id}/r.png'`,
    "an address as input":
      "update modera.virtual_tryons set person_image_url = 'https://example.com/a.png'",
    "a score above one": "update modera.virtual_tryons set quality_score = 1.01",
    "another price unit": "update modera.fashion_sessions set credits_used = -1",
  };
  for (const [name, statement] of Object.entries(bad)) {
    await t.step(name, () => assert.rejects(modera.sql.unsafe(statement), { code: "23514" }));
  }
  assert.equal((await modera.tryOn(person, started.try_on_id)).status, "active");
});

Deno.test("M-01, M-33: a setting takes only values that its readers understand, and keeps its history", async (t) => {
  await using modera = await Modera.open();
  const set = (key: string, value: string) =>
    modera.as(
      "service_role",
      null,
      (tx) =>
        tx`update modera.settings set setting_value = ${value}::text::jsonb where setting_key = ${key}`,
    );
  for (const value of ['"30"', "0", "-5", "30.5", "null", "[]", "100000"]) {
    await t.step(
      `session_timeout_minutes ${value}`,
      () => assert.rejects(set("session_timeout_minutes", value), { code: "23514" }),
    );
  }
  await assert.rejects(set("ai_model_settings", '{"a": 1}'), { code: "23514" });
  await set("session_timeout_minutes", "45");
  const [row] = await modera.sql`select detail from audit.log where action = 'setting.changed'`;
  assert.deepEqual(row!.detail, { from: 30, to: 45, is_active: true });
});
