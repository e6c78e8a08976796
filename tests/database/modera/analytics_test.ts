import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { counted, Diary, program, zones } from "./analytics_diary.ts";
import { Modera, type Person } from "./modera.ts";

/** People in different zones, shortly before clocks go forward in New York. */
async function people(modera: Modera): Promise<Person[]> {
  const found: Person[] = [];
  for (const zone of zones) {
    const person = await modera.person(10_000);
    await modera.sql`update modera.profiles set time_zone = ${zone} where id = ${person.userId}`;
    found.push(person);
  }
  return found;
}

Deno.test("M-24: random lives in four time zones are counted as this test counts them, however often", async () => {
  await using modera = await Modera.open();
  const [ahead] = await modera.sql`
    select extract(epoch from date_trunc('year', private.now()) + interval '1 year 2 months 5 days' - private.now()) as seconds`;
  await modera.kernel.database.advanceClock(`${ahead!.seconds} seconds`);
  await fc.assert(
    fc.asyncProperty(program, async (steps) => {
      await modera.sql`delete from modera.user_analytics`;
      await modera.sql`delete from modera.analytics_progress`;
      const diary = new Diary(modera, await people(modera));
      const [start] = await modera
        .sql`select (private.now() - interval '1 day')::date::text as day`;
      for (const step of steps) {
        await diary.run(step);
        await modera.sql`select private.modera_count_ended_days()`;
      }
      await modera.kernel.database.advanceClock("2 days");
      await modera.sql`select private.modera_count_ended_days()`;
      const mine = diary.people.map(({ userId }) => userId);
      const own = async () =>
        (await counted(modera)).filter((row) => mine.includes(JSON.parse(row)[0]));
      assert.deepEqual(await own(), diary.rows());
      // Any day again, in any order, several at once: the same rows.
      const days = await modera.sql`
        select d::date::text as day from generate_series(${
        start!.day
      }::date, private.now()::date, '1 day') d order by random()`;
      await Promise.all(
        [...days, ...days.slice(0, 4)].map(({ day }) =>
          modera.sql`select private.modera_count_days(${day}::date, ${day}::date)`
        ),
      );
      assert.deepEqual(await own(), diary.rows());
    }),
    { numRuns: 12 },
  );
});

Deno.test("M-24: whoever moves to another time zone has other days, counted anew and none twice", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const { sql } = modera;
  const noon =
    await sql`select date_trunc('day', private.now(), 'UTC') + interval '1 day 20 hours' - private.now() as wait`;
  await sql`select platform.advance_clock(${noon[0]!.wait})`;
  await sql`insert into modera.fashion_sessions (user_id, session_type) values (${person.userId}, 'tryon')`;
  await modera.kernel.database.advanceClock("10 hours");
  await sql`select private.modera_count_ended_days()`;
  const days = async () => {
    const rows = await sql`select date::text, sessions_count from modera.user_analytics`;
    return rows.map(({ date, sessions_count }) => [date, sessions_count]);
  };
  const [utc] =
    await sql`select (private.now() at time zone 'UTC')::date - 1 as day, (private.now() at time zone 'UTC')::date::text as next`;
  assert.equal((await days()).length, 1);
  await modera.as(
    "authenticated",
    person,
    (tx) => tx`update modera.users set time_zone = 'Asia/Tokyo'`,
  );
  await modera.kernel.database.advanceClock("1 day");
  await sql`select private.modera_count_ended_days()`;
  assert.deepEqual(await days(), [[utc!.next, 1]]);
});

Deno.test("M-24: a time zone is a name that there is", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const set = (zone: string) =>
    modera.as("authenticated", person, (tx) => tx`update modera.users set time_zone = ${zone}`);
  for (const zone of ["Mars/Olympus", "+03", "EST5EDT+1", "", "utc; drop", "MSK"]) {
    await assert.rejects(set(zone), { message: "invalid_request" }, zone);
  }
  for (const zone of ["Europe/Moscow", "America/Argentina/Buenos_Aires", "UTC"]) await set(zone);
  await assert.rejects(
    modera.as(
      "authenticated",
      person,
      (tx) => tx`update modera.profiles set activity_changed_since = null`,
    ),
    { code: "42501" },
  );
});

Deno.test("M-24: a day that the clock missed is caught up with, and the erased keep what was counted", async () => {
  await using modera = await Modera.open();
  const { sql } = modera;
  const [person, gone] = [await modera.person(50), await modera.person(50)];
  const use = (who: Person) =>
    sql`insert into modera.fashion_sessions (user_id, session_type) values (${who.userId}, 'tryon')`;
  await use(person);
  await use(gone);
  await modera.kernel.database.advanceClock("1 day");
  await sql`select private.modera_count_ended_days()`;
  await use(person);
  await sql`delete from modera.fashion_sessions where user_id = ${gone.userId}`;
  await sql`delete from auth.users where id = ${gone.id}`;
  await modera.kernel.database.advanceClock("5 days");
  await sql`select private.modera_count_ended_days()`;
  const rows =
    await sql`select user_id::text as id, sum(sessions_count)::int as n from modera.user_analytics group by 1`;
  assert.deepEqual(
    Object.fromEntries(rows.map(({ id, n }) => [id, n])),
    { [person.userId]: 2, [gone.userId]: 1 },
  );
});
