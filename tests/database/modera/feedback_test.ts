import assert from "node:assert/strict";
import type { JSONValue } from "postgres";
import { Modera, type Person } from "./modera.ts";

/** A style analysis of somebody, finished or not; returns its id. */
async function analysis(modera: Modera, person: Person, finished = true): Promise<string> {
  const [row] = await modera.sql`
    with session as (
      insert into modera.fashion_sessions (user_id, session_type) values (${person.userId}, 'styling')
      returning id, user_id)
    insert into modera.style_analyses (session_id, user_id, input_image_url, completed_at)
    select id, user_id, ${`${person.id}/me.png`}, case when ${finished} then private.now() end
    from session returning id`;
  return row!.id;
}

const answer = (modera: Modera, person: Person, id: string, change: Record<string, JSONValue>) =>
  modera.as(
    "authenticated",
    person,
    (tx) => tx`update modera.style_analyses set ${tx(change)} where id = ${id} returning id`,
  );

Deno.test("M-08: a person says what they think of their own finished analysis", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const [mine, theirs] = [await analysis(modera, person), await analysis(modera, other)];
  const feedback = { rating: 5, text: "👍 so true", saved: true };
  const change = {
    user_feedback: modera.sql.json(feedback) as unknown as JSONValue,
    user_accepted_recommendations: 4,
  };
  assert.equal((await answer(modera, person, mine, change)).length, 1);
  assert.equal((await answer(modera, person, theirs, change)).length, 0);
  const [row] = await modera.sql`select user_feedback, user_accepted_recommendations as accepted
    from modera.style_analyses where id = ${mine}`;
  assert.deepEqual({ ...row }, { user_feedback: feedback, accepted: 4 });
});

Deno.test("M-08: feedback of another form, or on what is not finished, is refused", async (t) => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const [done, open] = [await analysis(modera, person), await analysis(modera, person, false)];
  const wrong: JSONValue[] = [
    { rating: 0 },
    { rating: 6 },
    { rating: 4.5 },
    { rating: "5" },
    { rating: null },
    { text: "x".repeat(2001) },
    { text: 7 },
    { saved: "yes" },
    { credits: 50 },
    [],
    "good",
    null,
  ];
  for (const feedback of wrong) {
    await t.step(JSON.stringify(feedback).slice(0, 40), async () => {
      await assert.rejects(
        modera.as(
          "authenticated",
          person,
          (tx) =>
            tx`update modera.style_analyses set user_feedback = ${
              JSON.stringify(feedback)
            }::text::jsonb
            where id = ${done}`,
        ),
        { code: "23514" },
      );
    });
  }
  for (const accepted of [-1, 1001]) {
    await assert.rejects(
      answer(modera, person, done, { user_accepted_recommendations: accepted }),
      { code: "23514" },
    );
  }
  await assert.rejects(answer(modera, person, open, { user_accepted_recommendations: 1 }), {
    code: "23514",
  });
});

Deno.test("M-08: the text about a try-on is bounded, and sharing is not a box to tick", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const { try_on_id } = await modera.start(person);
  const change = (values: Record<string, JSONValue>) =>
    modera.as(
      "authenticated",
      person,
      (tx) =>
        tx`update modera.virtual_tryons set ${tx(values)} where id = ${try_on_id}
        returning user_saved`,
    );
  const saved = await change({ user_feedback: "x".repeat(2000), user_saved: true });
  assert.deepEqual(saved.map((row) => ({ ...row })), [{ user_saved: true }]);
  await assert.rejects(change({ user_feedback: "x".repeat(2001) }), { code: "23514" });
  await assert.rejects(change({ user_shared: true }), { code: "42501" });
  await assert.rejects(change({ credits_used: 0 }), { code: "42501" });
});
