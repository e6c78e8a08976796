import assert from "node:assert/strict";
import { Modera } from "./modera.ts";

type Said = { purpose: string; version: number; given: boolean; recorded_at: string | null };

function call(modera: Modera, person: { id: string }, text: string): Promise<Said> {
  return modera.as("authenticated", person, async (tx) => {
    const [row] = await tx.unsafe(`select modera.${text} as answer`);
    return row!.answer;
  });
}

/** Somebody signed up who has said nothing yet. */
async function newcomer(modera: Modera): Promise<{ id: string }> {
  return { id: await modera.kernel.user() };
}

const records = async (modera: Modera, person: { id: string }) =>
  (await modera.sql`select c.given, c.channel from modera.consents c
    join modera.profiles p on p.id = c.user_id where p.holder = ${person.id} order by c.id`)
    .map((row) => `${row.given ? "given" : "withdrawn"} ${row.channel}`);

Deno.test("M-26, X-10: nothing is tried on before consent, and nothing after it is withdrawn", async () => {
  await using modera = await Modera.open();
  const person = await newcomer(modera);
  const refused = { code: "PT403", message: "consent_required" };
  await assert.rejects(modera.start(person), refused);
  await call(modera, person, "give_consent()");
  assert.equal((await modera.start(person)).refusal?.code, "insufficient_credits");
  await call(modera, person, "withdraw_consent()");
  await assert.rejects(modera.start(person), refused);
  assert.deepEqual(await records(modera, person), ["given app", "withdrawn app"]);
});

Deno.test("M-26: no photo is stored before consent, nor for somebody else's consent", async () => {
  await using modera = await Modera.open();
  const [person, agreeing] = [await newcomer(modera), await modera.person()];
  const upload = (owner: { id: string }, path: string) =>
    modera.as(
      "authenticated",
      owner,
      (tx) =>
        tx`insert into storage.objects (bucket_id, name) values ('modera-inputs', ${path}) returning id`,
    );
  await assert.rejects(upload(person, `${person.id}/a.png`), { code: "42501" });
  await assert.rejects(upload(agreeing, `${person.id}/a.png`), { code: "42501" });
  assert.equal((await upload(agreeing, `${agreeing.id}/a.png`)).length, 1);
  await call(modera, agreeing, "withdraw_consent()");
  await assert.rejects(upload(agreeing, `${agreeing.id}/b.png`), { code: "42501" });
});

Deno.test("the same word said twice is recorded once", async () => {
  await using modera = await Modera.open();
  const person = await newcomer(modera);
  assert.equal((await call(modera, person, "withdraw_consent()")).given, false);
  assert.deepEqual(await records(modera, person), []);
  const first = await call(modera, person, "give_consent()");
  assert.deepEqual(await call(modera, person, "give_consent('photos', 1)"), first);
  assert.deepEqual(await records(modera, person), ["given app"]);
});

Deno.test("new terms ask again, and old terms cannot be agreed to", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  await modera.sql`insert into modera.consent_terms (purpose, version, summary)
    values ('photos', 2, '{"en": "New", "ru": "Новое"}')`;
  await assert.rejects(modera.start(person), { message: "consent_required" });
  await assert.rejects(call(modera, person, "give_consent('photos', 1)"), {
    code: "PT409",
    message: "consent_outdated",
  });
  await assert.rejects(call(modera, person, "give_consent('breakfast')"), { code: "PT422" });
  await call(modera, person, "give_consent('photos', 2)");
  assert.equal((await modera.start(person)).status, "active");
});

Deno.test("a person sees the terms in force and what they said, and nobody else's word", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await newcomer(modera), await modera.person()];
  const states = (who: { id: string }) =>
    modera.as("authenticated", who, async (tx) => {
      const [row] = await tx`select modera.consent_state() as answer`;
      return row!.answer.map((s: Said) => [s.purpose, s.version, s.given]);
    });
  assert.deepEqual(await states(person), [["photos", 1, false]]);
  assert.deepEqual(await states(other), [["photos", 1, true]]);
  const seen = await modera.as("authenticated", person, (tx) => tx`select from modera.consents`);
  assert.equal(seen.length, 0);
});

Deno.test("M-26: consents are never changed or deleted, not even by their owner", async () => {
  await using modera = await Modera.open();
  await modera.person();
  for (
    const attack of [
      "update modera.consents set given = true",
      "delete from modera.consents",
      "truncate modera.consents",
      "update modera.consent_terms set summary = summary",
    ]
  ) {
    await assert.rejects(modera.sql.unsafe(attack), { code: "42501" });
  }
});

Deno.test("a user speaks for themselves alone, and only the service for others", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  for (
    const attack of [
      `modera.record_consent('${other.id}', false, 'app')`,
      `private.modera_record_consent('${other.id}', false, 'app', 'photos', 1)`,
    ]
  ) {
    for (const role of ["anon", "authenticated"] as const) {
      await assert.rejects(modera.as(role, person, (tx) => tx.unsafe(`select ${attack}`)), {
        code: "42501",
      });
    }
  }
  await modera.service("record_consent", other.id, false, "telegram");
  assert.deepEqual(await records(modera, other), ["given app", "withdrawn telegram"]);
});
