import assert from "node:assert/strict";
import type { JSONValue } from "postgres";
import { Modera, type Person, smallAnalysis, type StartedAnalysis } from "./modera.ts";

/** What a person's profile says of their style and their body. */
async function profileOf({ sql }: Modera, { userId }: Person) {
  const [row] = await sql`select style_profile as style, body_measurements as body
    from modera.profiles where id = ${userId}`;
  return row!;
}

/** What was published of a session, oldest first. */
async function eventsOf({ sql }: Modera, { session_id }: { session_id: string }) {
  const rows = await sql`select topic, payload from events.outbox
    where payload ->> 'session_id' = ${session_id} order by id`;
  return rows.map((row) => ({ topic: row.topic as string, payload: row.payload }));
}

Deno.test("M-18: an analysis is held at the catalogue's price and charged at the one that was held", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const before = await modera.analyse(person);
  assert.deepEqual([before.status, before.credits_held, before.replayed], ["active", 5, false]);
  await modera.sql`select billing.publish_rate('modera', 'styling', 8)`;
  assert.equal((await modera.analyse(person)).credits_held, 8);
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 13, available: 37 });
  assert.equal((await modera.analysed(before)).credits_used, 5);
  const [rows] = await modera.sql`select a.credits_used as analysis, s.credits_used as session
    from modera.style_analyses a join modera.fashion_sessions s on s.id = a.session_id
    where a.id = ${before.style_analysis_id}`;
  assert.deepEqual({ ...rows }, { analysis: 5, session: 5 });
});

Deno.test("an analysis is kept, shown and copied to the profile, once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.analyse(person);
  assert.deepEqual(await modera.submitted(started), { state: "processing" });
  const first = await modera.analysed(started);
  assert.deepEqual(first, { status: "completed", credits_used: 5, late: false, replayed: false });
  assert.deepEqual(await modera.analysed(started), { ...first, replayed: true });
  const shown = await modera.analysis(person, started.style_analysis_id);
  assert.deepEqual(shown.analysis, smallAnalysis);
  const { style, body } = await profileOf(modera, person);
  assert.deepEqual([style.summary, style.season, style.palette, body.shape], [
    "Winter.",
    { name: "winter" },
    { skin: [] },
    null,
  ]);
  assert.deepEqual([style.style_analysis_id, body.style_analysis_id], [
    started.style_analysis_id,
    started.style_analysis_id,
  ]);
  const [version] = await modera.sql`select a.analysis_version as version, p.output
    from modera.style_analyses a, jobs.predictions p`;
  assert.deepEqual({ ...version }, {
    version: "m-1",
    output: { engine: "local-preview", model: "m-1" },
  });
  assert.deepEqual(await modera.entries(person), { grant: 1, capture: 1 });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("the photo that was sent last is in the profile, whichever analysis ends first", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const older = await modera.analyse(person);
  await modera.kernel.database.advanceClock("1 minute");
  const newer = await modera.analyse(person);
  const summer = { ...smallAnalysis, season: { name: "summer" } };
  await modera.analysed(newer, summer);
  await modera.analysed(older);
  assert.equal((await profileOf(modera, person)).style.season.name, "summer");
  const kept = await modera.analysis(person, older.style_analysis_id);
  assert.equal(kept.analysis?.season.name, "winter");
});

Deno.test("a failure, an expiry and what comes after them leave the profile and the credits as they were", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [failed, expired] = [await modera.analyse(person), await modera.analyse(person)];
  await modera.fail(failed, "face_not_visible", "The face is covered.");
  await modera.kernel.database.advanceClock("31 minutes");
  for (const started of [failed, expired]) {
    assert.equal((await modera.analysed(started)).late, true);
    const { analysis, credits_used } = await modera.analysis(person, started.style_analysis_id);
    assert.deepEqual([analysis, credits_used], [null, 0]);
  }
  assert.deepEqual(await profileOf(modera, person), { style: {}, body: {} });
  const outputs = await modera.sql`select output from jobs.predictions where output ? 'analysis'`;
  assert.equal(outputs.length, 0);
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 0, available: 50 });
});

Deno.test("an end is published once, with who and why and nothing of what was seen", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [done, failed, expired] = [
    await modera.analyse(person),
    await modera.analyse(person),
    await modera.analyse(person),
  ];
  const tryOn = await modera.start(person);
  for (let i = 0; i < 2; i++) {
    await modera.analysed(done);
    await modera.fail(failed, "person_turned", "Turn to the camera.");
    await modera.complete(person, tryOn);
  }
  await modera.kernel.database.advanceClock("31 minutes");
  await modera.service("expire_sessions", 100);
  const about = (started: StartedAnalysis, credits_used: number) => ({
    product: "modera",
    user_id: person.id,
    session_id: started.session_id,
    style_analysis_id: started.style_analysis_id,
    credits_used,
  });
  assert.deepEqual(await eventsOf(modera, done), [
    { topic: "style_analysis.completed", payload: about(done, 5) },
  ]);
  assert.deepEqual(await eventsOf(modera, failed), [{
    topic: "style_analysis.failed",
    payload: {
      ...about(failed, 0),
      failure: { code: "person_turned", message: "Turn to the camera." },
    },
  }]);
  const [late] = await eventsOf(modera, expired);
  assert.equal(late?.payload.failure.code, "session_expired");
  const [tried] = await eventsOf(modera, tryOn);
  assert.deepEqual([tried?.topic, tried?.payload.try_on_id], ["try_on.completed", tryOn.try_on_id]);
});

Deno.test("half an analysis changes nothing, and the whole one may follow", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.analyse(person);
  for (const part of Object.keys(smallAnalysis)) {
    const half: Record<string, JSONValue> = { ...smallAnalysis, [part]: "?" };
    await assert.rejects(modera.analysed(started, half), { code: "PT422" });
  }
  await assert.rejects(
    modera.service("complete_prediction", started.prediction_id, modera.sql.json({})),
    { code: "PT422" },
  );
  assert.deepEqual([(await modera.balance(person)).pending, await profileOf(modera, person)], [
    5,
    { style: {}, body: {} },
  ]);
  assert.equal((await modera.analysed(started)).status, "completed");
});

Deno.test("M-19, M-20: an analysis in another's session, or in one for try-ons, is not found", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const session = async (owner: Person, type: string): Promise<string> =>
    await modera.as("authenticated", owner, async (tx) => {
      const [row] = await tx`select modera.start_session(${type}, 'k') ->> 'session_id' as id`;
      return row!.id;
    });
  const theirs = await session(other, "styling");
  const tryOns = await session(person, "tryon");
  for (const wrong of [theirs, tryOns]) {
    await assert.rejects(modera.analyse(person, { session: wrong }), { message: "not_found" });
  }
  assert.equal((await modera.analyse(other, { session: theirs })).session_id, theirs);
  await assert.rejects(modera.analyse(other, { session: theirs }), {
    message: "illegal_transition",
  });
  assert.equal((await modera.balance(person)).pending, 0);
});

Deno.test("M-06: the same key gives the same analysis; the key of a try-on is another", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const request = { photo: await modera.picture(person), key: "k" };
  const first = await modera.analyse(person, request);
  const again = await Promise.all(
    Array.from({ length: 8 }, () => modera.analyse(person, request)),
  );
  for (const answer of again) assert.deepEqual(answer, { ...first, replayed: true });
  await assert.rejects(modera.analyse(person, { key: "k" }), { message: "idempotency_conflict" });
  assert.notEqual((await modera.start(person, { key: "k" })).session_id, first.session_id);
  assert.equal((await modera.balance(person)).pending, 8);
});

Deno.test("M-26: what was measured of a body is its owner's alone, and goes with them", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const started = await modera.analyse(person);
  await modera.analysed(started);
  const asOther = <T>(query: string) =>
    modera.as("authenticated", other, (tx) => tx.unsafe<T[]>(query));
  await assert.rejects(modera.analysis(other, started.style_analysis_id), { message: "not_found" });
  assert.deepEqual([...await asOther("select body_analysis from modera.style_analyses")], []);
  const [seen] = await asOther<{ n: number }>(
    "select count(*)::int as n from modera.users where body_measurements <> '{}'",
  );
  assert.equal(seen?.n, 0);
  for (const column of ["body_analysis", "style_profile", "credits_used"]) {
    const forge = modera.as(
      "authenticated",
      person,
      (tx) => tx.unsafe(`update modera.style_analyses set ${column} = null`),
    );
    await assert.rejects(forge, { code: "42501" });
  }
  await modera.sql`delete from auth.users where id = ${person.id}`;
  assert.deepEqual(await profileOf(modera, person), { style: {}, body: {} });
});

Deno.test("M-31: the setting names the model of each provider for each operation, and no stale one is left", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [analysis, tryOn] = [await modera.analyse(person), await modera.start(person)];
  const models = async ({ prediction_id }: { prediction_id: string }) =>
    (await modera.service<{ models: unknown }>("prediction_submission", prediction_id)).models;
  const set = (value: JSONValue) =>
    modera.sql`update modera.settings set setting_value = ${modera.sql.json(value)}
      where setting_key = 'ai_model_settings'`;
  const [seeded] = await modera.sql`select setting_value::text as value from modera.settings
    where setting_key = 'ai_model_settings'`;
  assert.doesNotMatch(seeded!.value, /gpt-4-vision|gemini-pro-vision|dall-e/);
  assert.deepEqual(await models(analysis), {});
  await set({
    replicate: { "style-analysis": "studio/stylist", "try-on": "studio/dresser:1f" },
    fashn: { "try-on": "tryon-v9" },
  });
  assert.deepEqual(await models(analysis), { replicate: "studio/stylist" });
  assert.deepEqual(await models(tryOn), { replicate: "studio/dresser:1f", fashn: "tryon-v9" });
  await modera.sql`update modera.settings set is_active = false
    where setting_key = 'ai_model_settings'`;
  assert.deepEqual(await models(tryOn), {});
  for (
    const wrong of [
      { gpt4_vision: "gpt-4-vision-preview" },
      { replicate: { "try-on": "../../v1/account" } },
      { replicate: { "try-on": "https://evil.example.com/m" } },
      { replicate: { "try-on": "a/b/c" } },
      { replicate: { upscale: "a/b" } },
      { replicate: { "try-on": 7 } },
      { Replicate: {}, "b c": { "try-on": "a/b" } },
    ]
  ) {
    await assert.rejects(set(wrong), { code: "23514" }, JSON.stringify(wrong));
  }
});

Deno.test("analyses that start and end at once neither block each other for good nor charge twice", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(300);
  const started = await Promise.all(Array.from({ length: 12 }, () => modera.analyse(person)));
  const ends = await Promise.all(started.flatMap((one) => [
    modera.analysed(one).then(({ replayed }) => !replayed),
    modera.analysed(one).then(({ replayed }) => !replayed),
    modera.analyse(person).then(() => false),
  ]));
  assert.equal(ends.filter(Boolean).length, 12);
  assert.deepEqual(await modera.balance(person), { posted: 240, pending: 60, available: 180 });
  assert.deepEqual(await modera.kernel.verify(), []);
});
