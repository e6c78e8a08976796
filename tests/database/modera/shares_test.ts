import assert from "node:assert/strict";
import { altered } from "../../harness/altered.ts";
import { Modera, type Person, type Started } from "./modera.ts";

type Share = { share_id: string; state: string; token: string };

const share = (modera: Modera, person: Person, id: string, seconds = 3600) =>
  modera.as("authenticated", person, async (tx) => {
    const [row] = await tx`select modera.share_try_on(${id}, ${seconds}) as answer`;
    return row!.answer as Share;
  });

const revoke = (modera: Modera, person: Person, { share_id }: { share_id: string }) =>
  modera.as("authenticated", person, async (tx) => {
    const [row] = await tx`select modera.revoke_share(${share_id}) as answer`;
    return row!.answer as Share;
  });

const follow = (modera: Modera, token: string) =>
  modera.service<{ path: string }>("open_share", token);

const isShared = async (modera: Modera, { try_on_id }: Started) => {
  const [row] = await modera
    .sql`select user_shared from modera.virtual_tryons where id = ${try_on_id}`;
  return row!.user_shared;
};

async function finished(modera: Modera, person: Person): Promise<Started> {
  const started = await modera.start(person);
  await modera.complete(person, started);
  return started;
}

Deno.test("a share shows the picture until it is revoked, and its token is kept nowhere", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await finished(modera, person);
  assert.equal(await isShared(modera, started), false);
  const [one, two] = [
    await share(modera, person, started.try_on_id),
    await share(modera, person, started.try_on_id),
  ];
  assert.match(one.token, /^shr_[0-9a-f]{64}$/);
  assert.notEqual(one.token, two.token);
  assert.equal((await follow(modera, one.token)).path, `${person.id}/${started.try_on_id}.png`);
  const [kept] = await modera.sql`select string_agg(s::text, ' ') as rows from modera.shares s`;
  assert.ok(!kept!.rows.includes(one.token));
  assert.equal(await isShared(modera, started), true);
  assert.equal((await revoke(modera, person, one)).state, "revoked");
  assert.equal((await revoke(modera, person, one)).state, "revoked");
  await assert.rejects(follow(modera, one.token), { code: "PT410", message: "share_ended" });
  assert.equal(await isShared(modera, started), true);
  await revoke(modera, person, two);
  assert.equal(await isShared(modera, started), false);
});

Deno.test("a share ends by the clock, and its try-on is not shared any more", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const started = await finished(modera, person);
  const { token } = await share(modera, person, started.try_on_id, 60);
  await modera.kernel.database.advanceClock("60 seconds");
  await assert.rejects(follow(modera, token), { message: "share_ended" });
  const [ended] = await modera.sql`select private.modera_end_shares() as n`;
  assert.equal(ended!.n, 1);
  assert.equal(await isShared(modera, started), false);
});

Deno.test("a forged, cut or changed token is not found", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const { token, share_id } = await share(
    modera,
    person,
    (await finished(modera, person)).try_on_id,
  );
  for (const forged of [altered(token), token.slice(0, -1), share_id, "", "%"]) {
    await assert.rejects(follow(modera, forged), { code: "PT404" });
  }
});

Deno.test("a share of a picture that is gone, or of a closed account, has ended", async () => {
  await using modera = await Modera.open();
  const [person, closed] = [await modera.person(50), await modera.person(50)];
  const started = await finished(modera, person);
  const { token } = await share(modera, person, started.try_on_id);
  await modera.sql`delete from storage.objects
    where bucket_id = 'modera-results' and name like ${`%${started.try_on_id}%`}`;
  await assert.rejects(follow(modera, token), { message: "share_ended" });
  const theirs = await share(modera, closed, (await finished(modera, closed)).try_on_id);
  await modera.sql`delete from auth.users where id = ${closed.id}`;
  await assert.rejects(follow(modera, theirs.token), { message: "share_ended" });
});

Deno.test("M-08: only the owner shares, sees and revokes, and only a finished picture", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(50), await modera.person(50)];
  const started = await finished(modera, person);
  const mine = await share(modera, person, started.try_on_id);
  await assert.rejects(share(modera, other, started.try_on_id), { message: "not_found" });
  await assert.rejects(revoke(modera, other, mine), { message: "not_found" });
  const seen = (who: Person) =>
    modera.as("authenticated", who, async (tx) => {
      const [row] = await tx`select modera.shares() as answer`;
      return (row!.answer as Share[]).map(({ share_id, state }) => ({ share_id, state }));
    });
  assert.deepEqual(await seen(person), [{ share_id: mine.share_id, state: "open" }]);
  assert.deepEqual(await seen(other), []);
  await assert.rejects(
    modera.as("authenticated", person, (tx) => tx`select token_hash from modera.shares`),
    { code: "42501" },
  );
  await assert.rejects(
    modera.as("authenticated", person, (tx) => tx`select modera.open_share('x')`),
    { code: "42501" },
  );
  const unfinished = await modera.start(person);
  await assert.rejects(share(modera, person, unfinished.try_on_id), {
    message: "illegal_transition",
  });
  for (const seconds of [59, 2592001]) {
    await assert.rejects(share(modera, person, started.try_on_id, seconds), {
      message: "invalid_request",
    });
  }
});

Deno.test("a picture has twenty open shares at most, however many are asked for at once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(50);
  const { try_on_id } = await finished(modera, person);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 25 }, () => share(modera, person, try_on_id)),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 5);
  for (const outcome of refused) {
    assert.equal((outcome as PromiseRejectedResult).reason.message, "too_many_shares");
  }
});
