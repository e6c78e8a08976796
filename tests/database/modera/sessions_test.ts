import assert from "node:assert/strict";
import postgres from "postgres";
import { Modera, type Person, type Started } from "./modera.ts";

type Session = {
  session_id: string;
  type: string;
  status: string;
  expires_at: string;
  replayed: boolean;
};

const openSession = (modera: Modera, person: Person, type = "tryon", key?: string) =>
  modera.as("authenticated", person, async (tx) => {
    const [row] = await tx`
      select modera.start_session(${type}, ${key ?? crypto.randomUUID()}) as answer`;
    return row!.answer as Session;
  });

const cancel = (modera: Modera, person: { id: string }, session: { session_id: string }) =>
  modera.as("authenticated", person, async (tx) => {
    const [row] = await tx`select modera.cancel_session(${session.session_id}) as answer`;
    return row!.answer as Session;
  });

const sessionRow = async (modera: Modera, { session_id }: { session_id: string }) => {
  const [row] = await modera.sql`
    select status, failure_code, credits_used from modera.fashion_sessions where id = ${session_id}`;
  return { ...row! };
};

Deno.test("a session waits for one request, until the time that the setting says", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera.sql`update modera.settings set setting_value = '7'
    where setting_key = 'session_timeout_minutes'`;
  const session = await openSession(modera, person);
  assert.deepEqual([session.type, session.status, session.replayed], ["tryon", "active", false]);
  const [row] = await modera.sql`select expires_at - created_at = interval '7 minutes' as exact
    from modera.fashion_sessions where id = ${session.session_id}`;
  assert.equal(row!.exact, true);
  await modera.kernel.database.advanceClock("7 minutes");
  await assert.rejects(modera.start(person, { session: session.session_id }), {
    message: "illegal_transition",
  });
  assert.equal((await modera.balance(person)).pending, 0);
});

Deno.test("the same key opens one session, however many ask at once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => openSession(modera, person, "styling", "k")),
  );
  assert.equal(new Set(answers.map(({ session_id }) => session_id)).size, 1);
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
  await assert.rejects(openSession(modera, person, "tryon", "k"), {
    message: "idempotency_conflict",
  });
  await assert.rejects(openSession(modera, person, "other"), { message: "invalid_request" });
  const other = await openSession(modera, await modera.person(), "tryon", "k");
  assert.equal(other.replayed, false);
});

Deno.test("a try-on takes the session it names, once, with what is left of its time", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const session = await openSession(modera, person);
  await modera.kernel.database.advanceClock("20 minutes");
  const request = {
    person: await modera.picture(person),
    garment: await modera.picture(person),
    key: "k",
  };
  const taking = { ...request, session: session.session_id };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => modera.start(person, taking)),
  );
  assert.equal(new Set(answers.map(({ try_on_id }) => try_on_id)).size, 1);
  assert.equal(answers[0]!.session_id, session.session_id);
  await assert.rejects(modera.start(person, { session: session.session_id }), {
    message: "illegal_transition",
  });
  await assert.rejects(modera.start(person, request), { message: "idempotency_conflict" });
  assert.equal((await modera.balance(person)).pending, 3);
  const [row] = await modera.sql`select p.deadline_at = s.expires_at as same,
      h.expires_at >= s.expires_at + interval '15 minutes' as outlives
    from modera.fashion_sessions s, jobs.predictions p join ledger.holds h on h.id = p.hold_id
    where s.id = ${session.session_id}`;
  assert.deepEqual({ ...row }, { same: true, outlives: true });
  await modera.kernel.database.advanceClock("9 minutes");
  assert.equal((await modera.complete(person, answers[0]!)).status, "completed");
});

Deno.test("M-20: a try-on in another's session, or in one for styling, is not found", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const sessions = [
    await openSession(modera, other),
    await openSession(modera, person, "styling"),
    { session_id: crypto.randomUUID() },
  ];
  for (const { session_id } of sessions) {
    await assert.rejects(modera.start(person, { session: session_id }), { message: "not_found" });
  }
  assert.equal((await modera.balance(person)).pending, 0);
});

Deno.test("too few credits leave the session open for another attempt", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(2);
  const { session_id } = await openSession(modera, person);
  const request = {
    person: await modera.picture(person),
    garment: await modera.picture(person),
    key: "k",
    session: session_id,
  };
  assert.equal((await modera.start(person, request)).refusal?.code, "insufficient_credits");
  await modera.kernel.database.advanceClock("1 minute");
  assert.equal((await modera.start(person, request)).refusal?.code, "insufficient_credits");
  await modera.sql`select ledger.grant_credits('modera', ${person.id}, 50, 'more')`;
  assert.equal((await modera.start(person, { ...request, key: "k2" })).session_id, session_id);
});

Deno.test("M-17: a session that is cancelled gives its credits back and has its work given up", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [waiting, asked] = [await modera.start(person), await modera.start(person)];
  const empty = await openSession(modera, person, "styling");
  await modera.submitted(asked, "p1");
  for (const session of [waiting, asked, empty]) {
    assert.deepEqual((await cancel(modera, person, session)).status, "failed");
    assert.equal((await cancel(modera, person, session)).replayed, true);
    assert.deepEqual(await sessionRow(modera, session), {
      status: "failed",
      failure_code: "session_cancelled",
      credits_used: 0,
    });
  }
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 0, available: 50 });
  assert.deepEqual(await modera.cancelJobs(), ["p1"]);
  const late = await modera.complete(person, asked);
  assert.deepEqual([late.status, late.late, late.credits_used], ["failed", true, 0]);
  assert.equal((await modera.tryOn(person, asked.try_on_id)).result_path, null);
});

Deno.test("a prediction that the provider was taking while its session ended is cancelled there", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [cancelled, expired] = [await modera.start(person), await modera.start(person)];
  await cancel(modera, person, cancelled);
  await modera.kernel.database.advanceClock("31 minutes");
  await modera.service("expire_sessions", 100);
  assert.deepEqual(await modera.cancelJobs(), []);
  assert.deepEqual(await modera.submitted(cancelled, "taken-1"), { state: "failed" });
  assert.deepEqual(await modera.submitted(expired, "taken-2"), { state: "expired" });
  await modera.submitted(expired, "taken-2");
  assert.deepEqual((await modera.cancelJobs()).sort(), ["taken-1", "taken-2"]);
});

Deno.test("X-09: what has ended is not cancelled, and nobody cancels another's session", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const [done, failed, late] = [
    await modera.start(person),
    await modera.start(person),
    await modera.start(person),
  ];
  await assert.rejects(cancel(modera, other, late), { message: "not_found" });
  await modera.complete(person, done);
  await modera.fail(failed);
  await modera.kernel.database.advanceClock("31 minutes");
  for (const session of [done, failed, late]) {
    await assert.rejects(cancel(modera, person, session), { message: "illegal_transition" });
  }
  await assert.rejects(
    modera.as("anon", null, (tx) => tx`select modera.cancel_session(${done.session_id})`),
    { code: "42501" },
  );
  assert.equal((await modera.balance(person)).posted, 47);
});

Deno.test("X-09: cancelling against completing, from 64 connections, has one winner", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(300);
  await using many = new Connections(modera.kernel.database.url, 64);
  let completed = 0;
  for (let round = 0; round < 6; round++) {
    const started = await modera.start(person);
    await modera.submitted(started);
    const path = `${person.id}/${started.try_on_id}.png`;
    await modera.picture(person, { bucket: "modera-results", name: `${started.try_on_id}.png` });
    const calls = Array.from(
      { length: 64 },
      (_, i) =>
        i % 2
          ? many.completing(started, path)
          : many.cancelling(person, started).catch((error) =>
            assert.equal(error.message, "illegal_transition")
          ),
    );
    await Promise.all(calls);
    const { status, credits_used } = await sessionRow(modera, started);
    assert.equal(credits_used, status === "completed" ? 3 : 0);
    if (status === "completed") completed++;
    else assert.equal(status, "failed");
  }
  const left = 300 - 3 * completed;
  assert.deepEqual(await modera.balance(person), { posted: left, pending: 0, available: left });
  assert.deepEqual(await modera.kernel.verify(), []);
});

/** As many connections as calls, so that none waits for another's. */
class Connections implements AsyncDisposable {
  readonly #sql: postgres.Sql;

  constructor(url: string, max: number) {
    this.#sql = postgres(url, { max, onnotice: () => {} });
  }

  async completing({ prediction_id }: Started, path: string): Promise<void> {
    await this.#sql.begin(async (tx) => {
      await tx`set local role service_role`;
      await tx`select modera.complete_prediction(${prediction_id}, '{"engine": "x"}', ${path})`;
    });
  }

  async cancelling({ id }: Person, { session_id }: Started): Promise<void> {
    const claims = JSON.stringify({ role: "authenticated", sub: id });
    await this.#sql.begin(async (tx) => {
      await tx`select set_config('request.jwt.claims', ${claims}, true),
        set_config('role', 'authenticated', true)`;
      await tx`select modera.cancel_session(${session_id})`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }
}
