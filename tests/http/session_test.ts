import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { type Asked, FittingRoom, readTryOn, startTryOn } from "./fitting_room.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

type SessionBody = {
  session_id: string;
  type: string;
  status: string;
  created_at: string;
  expires_at: string;
};

const open = <T = SessionBody>(user: User, body: Record<string, unknown> = {}, key = freshKey()) =>
  callJson<T>("session-start", {
    caller: user,
    key,
    body: { product: "modera", type: "tryon", ...body },
  });

const cancel = <T = SessionBody>(user: User, session_id: string) =>
  callJson<T>("session-cancel", { caller: user, body: { product: "modera", session_id } });

/** The first thing that the engine was asked for. */
async function firstAsked(room: FittingRoom): Promise<Asked> {
  const asked = await eventually(() => Promise.resolve(room.asked), (all) => all.length > 0);
  return asked[0]!;
}

/** Waits until the provider of a try-on was told to give it up. */
async function toldToStop(asked: Asked): Promise<void> {
  const sql = platformDatabase();
  try {
    await eventually(
      () =>
        sql`select result from jobs.queue
        where kind = 'prediction.cancel' and payload ->> 'provider_prediction_id' = ${asked.id}`,
      ([job]) => job?.["result"]?.outcome === "canceled",
    );
  } finally {
    await sql.end();
  }
}

Deno.test("a session is opened once for each key, and a try-on is made in it", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const key = freshKey();
  const [first, again] = [await open(user, {}, key), await open(user, {}, key)];
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.deepEqual(again.body, first.body);
  assert.deepEqual([first.body.type, first.body.status], ["tryon", "active"]);
  const minutes = (Date.parse(first.body.expires_at) - Date.parse(first.body.created_at)) / 60_000;
  assert.equal(minutes, 30);
  const { session_id } = first.body;
  const begun = await startTryOn(user, { body: { session_id } });
  assert.deepEqual([begun.status, begun.body.session_id], [202, session_id]);
  const asked = await firstAsked(room);
  room.end(asked, { output: [room.picture] });
  await (await room.tell(asked)).body?.cancel();
  assert.equal((await readTryOn(user, begun.body.try_on_id)).status, "completed");
  const used = await startTryOn<ProblemBody>(user, { body: { session_id } });
  assert.deepEqual([used.status, used.body.code, used.body["state"]], [
    409,
    "illegal_transition",
    "completed",
  ]);
  const over = await cancel<ProblemBody>(user, session_id);
  assert.deepEqual([over.status, over.body.code], [409, "illegal_transition"]);
});

Deno.test("M-17: cancelling frees the credits, stops the provider, and a late result is not kept", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const begun = await startTryOn(user);
  const asked = await firstAsked(room);
  const cancelled = await cancel(user, begun.body.session_id);
  assert.deepEqual([cancelled.status, cancelled.body.status], [200, "failed"]);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
  await toldToStop(asked);
  room.end(asked, { output: [room.picture] });
  const late = await room.tell(asked);
  assert.equal(late.status, 200, await late.text());
  const read = await readTryOn(user, begun.body.try_on_id);
  assert.deepEqual([read.status, read.failure?.code, read.result_url], [
    "failed",
    "session_cancelled",
    null,
  ]);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
  assert.equal((await cancel(user, begun.body.session_id)).status, 200);
});

Deno.test("a session that ends while the provider takes its work is cancelled there too", async () => {
  await using room = await FittingRoom.open();
  const taken = Promise.withResolvers<void>();
  room.taking = taken.promise;
  const user = await userWithCredits(50);
  const begun = await startTryOn(user);
  const asked = await firstAsked(room);
  assert.equal((await cancel(user, begun.body.session_id)).status, 200);
  taken.resolve();
  await toldToStop(asked);
  assert.equal((await balanceOf(user)).available, 50);
});

Deno.test("what is wrong with a request for a session is named", async (t) => {
  const [user, other] = [await newUser(), await newUser()];
  const wrong: [string, Record<string, unknown>, number, string, string][] = [
    ["an unknown type", { type: "dance" }, 422, "invalid_request", "type"],
    ["an unknown field", { expires_at: "2099-01-01" }, 422, "invalid_request", "expires_at"],
    ["an unknown product", { product: "nothing" }, 404, "unknown_product", "product"],
  ];
  for (const [name, body, status, code, field] of wrong) {
    await t.step(name, async () => {
      const answer = await open<ProblemBody>(user, body);
      assert.deepEqual([answer.status, answer.body.code, answer.body.errors?.[0]?.field], [
        status,
        code,
        field,
      ]);
    });
  }
  await t.step("the same key for another type", async () => {
    const key = freshKey();
    await open(user, {}, key);
    const answer = await open<ProblemBody>(user, { type: "styling" }, key);
    assert.deepEqual([answer.status, answer.body.code], [409, "idempotency_conflict"]);
  });
  await t.step("no Idempotency-Key", async () => {
    const answer = await callJson<ProblemBody>("session-start", {
      caller: user,
      body: { product: "modera", type: "tryon" },
    });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [400, "Idempotency-Key"]);
  });
  await t.step("another's session", async () => {
    const { body } = await open(other);
    const answer = await cancel<ProblemBody>(user, body.session_id);
    assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
    assert.equal((await cancel(other, body.session_id)).status, 200);
  });
  await t.step("an id that is none", async () => {
    const answer = await cancel<ProblemBody>(user, "7");
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [422, "session_id"]);
  });
  await t.step("keys instead of people", async () => {
    for (const slug of ["session-start", "session-cancel"]) {
      for (const caller of ["nobody", "secret", "automations"] as const) {
        const answer = await callJson<ProblemBody>(slug, { caller, key: freshKey(), body: {} });
        assert.equal(answer.status, 401);
      }
    }
  });
});
