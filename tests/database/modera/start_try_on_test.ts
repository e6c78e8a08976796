import assert from "node:assert/strict";
import { Modera } from "./modera.ts";

Deno.test("M-17: a try-on reserves its price and charges nothing yet", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await modera.start(person);
  assert.deepEqual([started.status, started.credits_held, started.replayed], ["active", 3, false]);
  assert.deepEqual(await modera.balance(person), { posted: 50, pending: 3, available: 47 });
  const read = await modera.tryOn(person, started.try_on_id);
  assert.deepEqual([read.status, read.credits_held, read.credits_used], ["active", 3, 0]);
  const jobs = await modera.sql`select kind, payload from jobs.queue`;
  assert.deepEqual(jobs.map((job) => ({ ...job })), [
    { kind: "modera.try-on", payload: { prediction_id: started.prediction_id } },
  ]);
});

Deno.test("M-06: the same key gives the first answer again and holds once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [one, two] = [await modera.picture(person), await modera.picture(person)];
  const request = { person: one, garment: two, key: "k" };
  const first = await modera.start(person, request);
  await modera.submitted(first);
  assert.deepEqual(await modera.start(person, request), { ...first, replayed: true });
  assert.equal((await modera.balance(person)).pending, 3);
});

Deno.test("M-06: the same key from many requests at once starts one try-on", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [one, two] = [await modera.picture(person), await modera.picture(person)];
  const request = { person: one, garment: two, key: "k" };
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => modera.start(person, request)),
  );
  assert.equal(new Set(answers.map((answer) => answer.try_on_id)).size, 1);
  assert.equal(answers.filter((answer) => !answer.replayed).length, 1);
  assert.equal((await modera.balance(person)).pending, 3);
});

Deno.test("the same key with other pictures is a conflict; another person's same key is not", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  await modera.start(person, { key: "k" });
  await assert.rejects(modera.start(person, { key: "k" }), {
    code: "PT409",
    message: "idempotency_conflict",
  });
  assert.equal((await modera.start(other, { key: "k" })).replayed, false);
});

Deno.test("too few credits: nothing is started, and the key is burnt", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(2);
  const request = {
    person: await modera.picture(person),
    garment: await modera.picture(person),
    key: "k",
  };
  const refused = await modera.start(person, request);
  assert.deepEqual(refused.refusal, { code: "insufficient_credits", required: 3, available: 2 });
  const [left] = await modera
    .sql`select (select count(*)::int from modera.fashion_sessions) as sessions,
    (select count(*)::int from jobs.predictions) as predictions, (select count(*)::int from jobs.queue) as jobs`;
  assert.deepEqual({ ...left }, { sessions: 0, predictions: 0, jobs: 0 });
  await modera.sql`select ledger.grant_credits('modera', ${person.id}, 50, 'more')`;
  assert.deepEqual((await modera.start(person, request)).refusal, refused.refusal);
  assert.equal((await modera.start(person)).status, "active");
});

Deno.test("parallel try-ons never hold more than there is", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(10);
  const answers = await Promise.all(Array.from({ length: 8 }, () => modera.start(person)));
  assert.equal(answers.filter((answer) => answer.refusal).length, 5);
  assert.deepEqual(await modera.balance(person), { posted: 10, pending: 9, available: 1 });
  assert.deepEqual(await modera.kernel.verify(), []);
});

Deno.test("M-18: the price is what the catalogue says at that moment, and nowhere else", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const before = await modera.start(person);
  await modera.sql`select billing.publish_rate('modera', 'tryon', 7)`;
  assert.equal((await modera.start(person)).credits_held, 7);
  assert.equal((await modera.complete(person, before)).credits_used, 3);
  const [cost] = await modera.as(
    "authenticated",
    person,
    (tx) =>
      tx`select setting_value -> 'tryon' as tryon from modera.system_settings
      where setting_key = 'credit_costs'`,
  );
  assert.equal(cost!.tryon, 7);
});

Deno.test("M-25: an input is a picture in the caller's own folder, of a size and kind that is taken", async (t) => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const mine = await modera.picture(person);
  const refusals: [string, string, string][] = [
    ["another's picture", await modera.picture(other), "input_not_found"],
    ["a missing picture", `${person.id}/none.png`, "input_not_found"],
    [
      "a way out of the folder",
      `${person.id}/../${await modera.picture(other)}`,
      "input_not_found",
    ],
    ["an address", "https://example.com/a.png", "input_not_found"],
    ["an internal address", "http://169.254.169.254/latest/meta-data", "input_not_found"],
    [
      "a result as input",
      await modera.picture(person, { bucket: "modera-results" }),
      "input_not_found",
    ],
    ["nothing", "", "input_not_found"],
    ["too large", await modera.picture(person, { size: 10485761 }), "payload_too_large"],
    [
      "not a picture",
      await modera.picture(person, { mimetype: "image/svg+xml" }),
      "unsupported_media_type",
    ],
  ];
  for (const [name, path, message] of refusals) {
    await t.step(name, async () => {
      await assert.rejects(modera.start(person, { person: path, garment: mine }), { message });
      await assert.rejects(modera.start(person, { person: mine, garment: path }), { message });
    });
  }
  assert.equal((await modera.balance(person)).pending, 0);
});

Deno.test("M-25: the setting max_image_size_mb is what counts", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera
    .sql`update modera.settings set setting_value = '1' where setting_key = 'max_image_size_mb'`;
  const large = await modera.picture(person, { size: 1048577 });
  await assert.rejects(modera.start(person, { person: large }), { code: "PT413" });
});

Deno.test("a first consent admits its user, and a closed account starts nothing", async () => {
  await using modera = await Modera.open();
  const id = await modera.kernel.user();
  await modera.as("authenticated", { id }, (tx) => tx`select modera.give_consent()`);
  assert.equal((await modera.start({ id })).refusal?.code, "insufficient_credits");
  const [row] = await modera
    .sql`select count(*)::int as n from modera.profiles where holder = ${id}`;
  assert.equal(row!.n, 1);
  await modera.sql`update modera.profiles set is_active = false where holder = ${id}`;
  await assert.rejects(modera.start({ id }), { message: "forbidden" });
});

Deno.test("the hold outlives the session it pays for", async () => {
  await using modera = await Modera.open();
  const started = await modera.start(await modera.person(50));
  const [row] = await modera
    .sql`select h.expires_at > s.expires_at as outlives, p.deadline_at = s.expires_at as same
    from modera.fashion_sessions s, ledger.holds h, jobs.predictions p
    where s.id = ${started.session_id} and p.hold_id = h.id`;
  assert.deepEqual({ ...row }, { outlives: true, same: true });
});
