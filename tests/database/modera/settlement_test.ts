import assert from "node:assert/strict";
import { Modera, type Started } from "./modera.ts";

Deno.test("M-17: success charges the hold once and shows the result", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  assert.deepEqual(await modera.submitted(started), { state: "processing" });
  const output = { fit_analysis: { torso: 0.9 }, quality_score: 0.81, confidence_score: 0.7 };
  const first = await modera.complete(person, started, output);
  assert.deepEqual(first, { status: "completed", credits_used: 3, late: false, replayed: false });
  assert.deepEqual(await modera.complete(person, started, output), { ...first, replayed: true });
  const read = await modera.tryOn(person, started.try_on_id);
  assert.equal(read.result_path, `${person.id}/${started.try_on_id}.png`);
  assert.deepEqual(read.fit_analysis, { torso: 0.9 });
  assert.deepEqual([read.quality_score, read.engine, read.credits_used, read.credits_held], [
    0.81,
    "local-preview",
    3,
    0,
  ]);
  assert.deepEqual(await modera.entries(person), { grant: 1, capture: 1 });
  assert.deepEqual(await modera.balance(person), { posted: 47, pending: 0, available: 47 });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("M-17: failure gives the credits back and says why", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  assert.equal((await modera.fail(started)).status, "failed");
  assert.equal((await modera.fail(started, "other_code")).replayed, true);
  const read = await modera.tryOn(person, started.try_on_id);
  assert.deepEqual(read.failure, { code: "no_person", message: "Nobody is in it." });
  assert.deepEqual([read.credits_used, read.credits_held, read.result_path], [0, 0, null]);
  assert.deepEqual(await modera.entries(person), { grant: 1 });
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 0, available: 50 });
});

Deno.test("a success after a failure is recorded as late and not charged", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  await modera.fail(started);
  const late = await modera.complete(person, started);
  assert.deepEqual([late.status, late.late, late.credits_used], ["failed", true, 0]);
  const [row] = await modera
    .sql`select state, late from jobs.predictions where id = ${started.prediction_id}`;
  assert.deepEqual({ ...row }, { state: "failed", late: true });
  assert.equal((await modera.balance(person)).available, 50);
  assert.equal((await modera.tryOn(person, started.try_on_id)).result_path, null);
});

Deno.test("a failure after a success changes nothing", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  await modera.complete(person, started);
  assert.deepEqual(await modera.fail(started), { status: "completed", replayed: true });
  assert.equal((await modera.balance(person)).available, 47);
});

Deno.test("success, failure and expiry at once settle once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(300);
  const race = async (started: Started) => {
    await Promise.all([
      modera.complete(person, started),
      modera.fail(started),
      modera.submitted(started),
      modera.service("expire_sessions", 100),
    ]);
    return (await modera.tryOn(person, started.try_on_id)).status;
  };
  const ends: string[] = [];
  for (let i = 0; i < 10; i++) ends.push(await race(await modera.start(person)));
  const completed = ends.filter((end) => end === "completed").length;
  assert.equal(ends.filter((end) => end === "failed").length, 10 - completed);
  assert.deepEqual(await modera.balance(person), {
    posted: 300 - 3 * completed,
    pending: 0,
    available: 300 - 3 * completed,
  });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("M-13: a session past its time expires, gives its credits back and has its prediction cancelled", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [asked, waiting] = [await modera.start(person), await modera.start(person)];
  await modera.submitted(asked, "p1");
  await modera.kernel.database.advanceClock("31 minutes");
  const before = await modera.tryOn(person, asked.try_on_id);
  assert.deepEqual([before.status, before.failure?.code], ["expired", "session_expired"]);
  assert.deepEqual(await modera.service("expire_sessions", 100), { expired: 2 });
  assert.deepEqual(await modera.service("expire_sessions", 100), { expired: 0 });
  assert.deepEqual(await modera.cancelJobs(), ["p1"]);
  const read = await modera.tryOn(person, waiting.try_on_id);
  assert.deepEqual([read.status, read.failure?.code], ["expired", "session_expired"]);
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 0, available: 50 });
});

Deno.test("M-13: a success after the session's time is late, sweep or no sweep", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  await modera.submitted(started);
  await modera.kernel.database.advanceClock("31 minutes");
  const late = await modera.complete(person, started);
  assert.deepEqual([late.status, late.late], ["expired", true]);
  assert.equal((await modera.balance(person)).available, 50);
});

Deno.test("M-13: the setting session_timeout_minutes is the deadline", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera
    .sql`update modera.settings set setting_value = '60' where setting_key = 'session_timeout_minutes'`;
  const started = await modera.start(person);
  await modera.kernel.database.advanceClock("59 minutes");
  assert.equal((await modera.complete(person, started)).status, "completed");
});

Deno.test("a result must be in its owner's folder under the try-on's id, and in Storage", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const started = await modera.start(person);
  const complete = (path: string) =>
    modera.service("complete_prediction", started.prediction_id, modera.sql.json({}), path);
  for (
    const path of [
      await modera.picture(other, { bucket: "modera-results", name: `${started.try_on_id}.png` }),
      await modera.picture(person, { bucket: "modera-results" }),
      "https://example.com/result.png",
    ]
  ) {
    await assert.rejects(complete(path), { code: "PT422" });
  }
  await assert.rejects(complete(`${person.id}/${started.try_on_id}.png`), { code: "PT409" });
  assert.equal((await modera.balance(person)).pending, 3);
});

Deno.test("a picture that was replaced or deleted meanwhile is noticed", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [one, two] = [await modera.picture(person), await modera.picture(person)];
  const started = await modera.start(person, { person: one, garment: two });
  await modera.sql`update storage.objects
    set metadata = metadata || ${modera.sql.json({ eTag: '"2"' })} where name = ${one}`;
  await modera.sql`delete from storage.objects where name = ${two}`;
  const { inputs } = await modera.service<{ inputs: Record<string, { state: string }> }>(
    "prediction_submission",
    started.prediction_id,
  );
  assert.deepEqual([inputs.person_image?.state, inputs.garment_image?.state], [
    "changed",
    "missing",
  ]);
});

Deno.test("a provider's strange code or score does not lose its answer", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [bad, odd] = [await modera.start(person), await modera.start(person)];
  await modera.fail(bad, "Weird Code!", "");
  const { failure } = await modera.tryOn(person, bad.try_on_id);
  assert.deepEqual(failure, { code: "provider_failed", message: "It could not be done." });
  await modera.complete(person, odd, { quality_score: 7, confidence_score: "high" });
  assert.equal((await modera.tryOn(person, odd.try_on_id)).quality_score, null);
});

for (const name of ["complete_prediction", "fail_prediction", "mark_prediction_submitted"]) {
  Deno.test(`${name} of an unknown prediction is not found`, async () => {
    await using modera = await Modera.open();
    const values = name === "complete_prediction"
      ? [modera.sql.json({}), "p"]
      : ["code", "message"];
    await assert.rejects(modera.service(name, crypto.randomUUID(), ...values), { code: "PT404" });
  });
}
