import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { advanceClock, callJson, newUser, type User } from "../harness/platform.ts";
import { FittingRoom, pixel, startTryOn } from "./fitting_room.ts";
import { type ProblemBody, userWithCredits } from "./people.ts";

type Share = { share_id: string; try_on_id: string; state: string; url: string };

/** Somebody with a finished try-on. */
async function wearer(room: FittingRoom): Promise<{ user: User; try_on_id: string }> {
  const user = await userWithCredits(3);
  const { body } = await startTryOn(user);
  const asked = await eventually(() => Promise.resolve(room.asked), (all) => all.length > 0);
  room.end(asked[0]!, { output: [room.picture] });
  await (await room.tell(asked[0]!)).body?.cancel();
  return { user, try_on_id: body.try_on_id };
}

const share = <T = Share>(user: User, body: Record<string, unknown>) =>
  callJson<T>("share", { caller: user, body });

/** The path of a link below /functions/v1/. */
const pathOf = (url: string) => url.replace(/^.*\/functions\/v1\//, "");

const follow = <T = { url: string }>(url: string) => callJson<T>(pathOf(url));

Deno.test("X-11: a link shows the picture to anybody until it is revoked, and nothing else", async () => {
  await using room = await FittingRoom.open();
  const { user, try_on_id } = await wearer(room);
  const made = await share(user, { try_on_id });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { url, share_id } = made.body;
  const shown = await follow(url);
  assert.equal(shown.status, 200);
  assert.deepEqual(Object.keys(shown.body), ["url", "expires_at"]);
  assert.equal(shown.headers.get("cache-control"), "no-store");
  const picture = await fetch(shown.body.url);
  assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), pixel);

  const listed = await callJson<{ shares: Share[] }>(`share?try_on_id=${try_on_id}`, {
    caller: user,
  });
  assert.deepEqual(listed.body.shares.map(({ share_id, state }) => [share_id, state]), [
    [share_id, "open"],
  ]);
  assert.ok(!JSON.stringify(listed.body).includes(url.split("shr_")[1]!));
  for (let i = 0; i < 2; i++) {
    const gone = await callJson<Share>(`share/${share_id}`, { caller: user, method: "DELETE" });
    assert.deepEqual([gone.status, gone.body.state], [200, "revoked"]);
  }
  const after = await follow<ProblemBody>(url);
  assert.deepEqual([after.status, after.body.code], [410, "share_ended"]);
});

Deno.test("a link that ran out is 410, a forged one 404", async () => {
  await using room = await FittingRoom.open();
  const { user, try_on_id } = await wearer(room);
  const { body } = await share(user, { try_on_id, ttl_seconds: 60 });
  await advanceClock("61 seconds");
  const over = await follow<ProblemBody>(body.url);
  assert.deepEqual([over.status, over.body.code], [410, "share_ended"]);
  for (const token of [`shr_${"0".repeat(64)}`, body.share_id, "x"]) {
    const forged = await callJson<ProblemBody>(`share/picture/${token}`);
    assert.deepEqual([forged.status, forged.body.code], [404, "not_found"]);
  }
});

Deno.test("nobody shares, lists or revokes for another", async () => {
  await using room = await FittingRoom.open();
  const { user, try_on_id } = await wearer(room);
  const other = await newUser();
  const theirs = await share<ProblemBody>(other, { try_on_id });
  assert.deepEqual([theirs.status, theirs.body.code], [404, "not_found"]);
  const { body } = await share(user, { try_on_id });
  const revoked = await callJson<ProblemBody>(`share/${body.share_id}`, {
    caller: other,
    method: "DELETE",
  });
  assert.deepEqual([revoked.status, revoked.body.code], [404, "not_found"]);
  const listed = await callJson<{ shares: Share[] }>("share", { caller: other });
  assert.deepEqual(listed.body.shares, []);
  assert.equal((await follow(body.url)).status, 200);
});

Deno.test("what is wrong with a share is named", async () => {
  const user = await newUser();
  for (
    const [body, field] of [
      [{ try_on_id: "7" }, "try_on_id"],
      [{ try_on_id: crypto.randomUUID(), ttl_seconds: 59 }, "ttl_seconds"],
      [{ try_on_id: crypto.randomUUID(), ttl_seconds: 2_592_001 }, "ttl_seconds"],
      [{ try_on_id: crypto.randomUUID(), password: "x" }, "password"],
    ] as const
  ) {
    const answer = await share<ProblemBody>(user, body);
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [422, field]);
  }
});

Deno.test("guessing links is 429 with Retry-After", async () => {
  const guesses = await Promise.all(
    Array.from({ length: 80 }, (_, i) => callJson<ProblemBody>(`share/picture/shr_${i}`)),
  );
  const refused = guesses.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.length < 80, String(refused.length));
  assert.ok(refused.every(({ headers }) => Number(headers.get("retry-after")) > 0));
  await advanceClock("61 seconds");
});
