import assert from "node:assert/strict";
import { Modera } from "./modera.ts";

type Due = { bucket: string; path: string; reason: string };

const due = async (modera: Modera) =>
  (await modera.service<Due[]>("due_pictures", 100)).map(({ path, reason }) => [path, reason]);

const later = (modera: Modera, by: string) => modera.kernel.database.advanceClock(by);

Deno.test("X-10, M-26: an input is due after input_retention_days, a result never", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [me, shirt] = [await modera.picture(person), await modera.picture(person)];
  await modera.complete(person, await modera.start(person, { person: me, garment: shirt }));
  assert.deepEqual(await due(modera), []);
  await later(modera, "29 days 23 hours");
  assert.deepEqual(await due(modera), []);
  await later(modera, "2 hours");
  assert.deepEqual(await due(modera), [[me, "old"], [shirt, "old"]].toSorted());
  await modera
    .sql`update modera.settings set setting_value = '40' where setting_key = 'input_retention_days'`;
  assert.deepEqual(await due(modera), []);
});

Deno.test("M-26: the days that inputs are kept are whole, from 1 to 365", async () => {
  await using modera = await Modera.open();
  const set = (days: string) =>
    modera
      .sql`update modera.settings set setting_value = ${days}::text::jsonb where setting_key = 'input_retention_days'`;
  for (const days of ["0", "366", "-1", "1.5", '"30"', "null"]) {
    await assert.rejects(set(days), { code: "23514" });
  }
  for (const days of ["1", "365"]) await set(days);
});

Deno.test("X-10: what is being worked on is kept until the work has ended", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const [me, shirt] = [await modera.picture(person), await modera.picture(person)];
  await later(modera, "31 days");
  await modera.start(person, { person: me, garment: shirt });
  assert.deepEqual(await due(modera), []);
  await later(modera, "31 minutes");
  assert.equal((await due(modera)).length, 2);
});

Deno.test("M-26: photos of somebody who withdrew are due at once; new terms alone delete nothing", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const path = await modera.picture(person);
  await modera.picture(other);
  await modera.sql`insert into modera.consent_terms (purpose, version, summary)
    values ('photos', 2, '{"en": "New", "ru": "Новое"}')`;
  assert.deepEqual(await due(modera), []);
  await modera.as("authenticated", person, (tx) => tx`select modera.withdraw_consent()`);
  assert.deepEqual(await due(modera), [[path, "no_consent"]]);
  const [row] = await modera
    .sql`select count(*)::int as queued from jobs.queue where kind = 'modera.retention'`;
  assert.equal(row!.queued, 2);
});

Deno.test("X-10: results that nothing shows are due after a day", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera.complete(person, await modera.start(person));
  const stray = await modera.picture(person, { bucket: "modera-results" });
  assert.deepEqual(await due(modera), []);
  await later(modera, "25 hours");
  assert.deepEqual(await due(modera), [[stray, "no_result"]]);
});

Deno.test("X-10: files in the folder of no user are found, in every bucket that is personal", async () => {
  await using modera = await Modera.open();
  const [person, gone] = [await modera.person(), await modera.person()];
  await modera.picture(person);
  const left = await modera.picture(gone);
  const archive = await modera.picture(gone, { bucket: "account-exports" });
  const astray = await modera.picture({ id: "elsewhere" }, { bucket: "modera-results" });
  await modera.picture({ id: "acme" }, { bucket: "modera-feeds" });
  assert.deepEqual(await modera.kernel.service("orphaned_files"), [
    { bucket: "modera-results", path: astray },
  ]);
  await modera.sql`delete from auth.users where id = ${gone.id}`;
  assert.deepEqual(await modera.kernel.service("orphaned_files"), [
    { bucket: "account-exports", path: archive },
    { bucket: "modera-inputs", path: left },
    { bucket: "modera-results", path: astray },
  ]);
  assert.deepEqual(await due(modera), [[left, "no_consent"]]);
});

Deno.test("due pictures are for the service alone", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  for (const role of ["anon", "authenticated"] as const) {
    await assert.rejects(
      modera.as(role, person, (tx) => tx`select modera.due_pictures(1)`),
      { code: "42501" },
    );
  }
});
