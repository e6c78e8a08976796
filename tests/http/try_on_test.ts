import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { advanceClock, callJson, newUser, restartFunctions } from "../harness/platform.ts";
import {
  type Asked,
  FittingRoom,
  pixel,
  readTryOn,
  startTryOn,
  type TryOnBody,
  uploaded,
} from "./fitting_room.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

/** The one thing that the engine was asked for, once the job has run. */
async function askedOf(room: FittingRoom, count = 1): Promise<Asked> {
  const asked = await eventually(() => Promise.resolve(room.asked), (all) => all.length >= count);
  return asked[count - 1]!;
}

Deno.test("a try-on is held, made, stored, charged and shown", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const begun = await startTryOn(user);
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  assert.deepEqual(Object.keys(begun.body), ["try_on_id", "session_id", "status", "credits_held"]);
  assert.deepEqual([begun.body.status, begun.body.credits_held], ["active", 3]);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 3, available: 47 });

  const asked = await askedOf(room);
  for (const address of [asked.inputs.model_image!, asked.inputs.garment_image!]) {
    const input = await fetch(address);
    assert.deepEqual(new Uint8Array(await input.arrayBuffer()), pixel);
  }
  room.end(asked, { output: [room.picture] });
  const told = await room.tell(asked);
  assert.equal(told.status, 200, await told.text());

  const done = await readTryOn(user, begun.body.try_on_id);
  assert.deepEqual([done.status, done.credits_held, done.credits_used], ["completed", 0, 3]);
  assert.equal(done.failure, null);
  assert.equal(done.engine, "fashn", JSON.stringify(done));
  const result = await fetch(done.result_url ?? "");
  assert.deepEqual(new Uint8Array(await result.arrayBuffer()), pixel);
  assert.deepEqual(await balanceOf(user), { posted: 47, pending: 0, available: 47 });

  const again = await room.tell(asked);
  assert.equal(again.status, 200, await again.text());
  assert.deepEqual(await balanceOf(user), { posted: 47, pending: 0, available: 47 });
});

Deno.test("X-11: a result is its owner's alone", async () => {
  await using room = await FittingRoom.open();
  const [user, other] = [await userWithCredits(3), await newUser()];
  const { body } = await startTryOn(user);
  const asked = await askedOf(room);
  room.end(asked, { output: [room.picture] });
  await (await room.tell(asked)).body?.cancel();
  const path = `${user.id}/${body.try_on_id}.png`;
  const mine = await user.client.storage.from("modera-results").download(path);
  assert.equal(mine.error, null);
  const theirs = await other.client.storage.from("modera-results").download(path);
  assert.notEqual(theirs.error, null);
  const read = await callJson<ProblemBody>(`try-on/${body.try_on_id}`, { caller: other });
  assert.deepEqual([read.status, read.body.code], [404, "not_found"]);
});

Deno.test("M-17: a failure gives the credits back and says why in our words", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const { body } = await startTryOn(user);
  const asked = await askedOf(room);
  room.end(asked, { error: { name: "PoseError", message: "internal: pose net 0x1f" } });
  await (await room.tell(asked)).body?.cancel();
  const failed = await readTryOn(user, body.try_on_id);
  assert.deepEqual([failed.status, failed.failure?.code], ["failed", "person_not_found"]);
  assert.doesNotMatch(failed.failure?.message ?? "", /0x1f/);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
});

Deno.test("a lost webhook does not matter: the job asks by itself", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const { body } = await startTryOn(user);
  const asked = await askedOf(room);
  room.end(asked, { output: [room.picture] });
  const done = await eventually(async () => {
    await advanceClock("15 seconds");
    return await readTryOn(user, body.try_on_id);
  }, ({ status }) => status === "completed");
  assert.equal(done.credits_used, 3);
});

Deno.test("M-25: an output on a foreign host is not fetched, and its try-on fails", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const { body } = await startTryOn(user);
  const asked = await askedOf(room);
  room.end(asked, { output: ["http://169.254.169.254/latest/meta-data"] });
  await (await room.tell(asked)).body?.cancel();
  const failed = await readTryOn(user, body.try_on_id);
  assert.deepEqual([failed.status, failed.failure?.code], ["failed", "prediction_failed"]);
  assert.equal((await balanceOf(user)).available, 50);
});

Deno.test("M-13: a session that takes too long expires; what comes after is late and free", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const { body } = await startTryOn(user);
  const asked = await askedOf(room);
  await advanceClock("31 minutes");
  const sweep = await callJson<{ expired: number }>("session-expiry", {
    caller: "automations",
    body: {},
  });
  assert.equal(sweep.status, 200);
  const expired = await readTryOn(user, body.try_on_id);
  assert.deepEqual([expired.status, expired.credits_held], ["expired", 0]);
  assert.equal((await balanceOf(user)).available, 50);
  room.end(asked, { output: [room.picture] });
  const late = await room.tell(asked);
  assert.equal(late.status, 200, await late.text());
  assert.equal((await readTryOn(user, body.try_on_id)).result_url, null);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
});

Deno.test("a picture that was replaced after the start is not used", async () => {
  const user = await userWithCredits(50);
  const person_path = await uploaded(user);
  await restartFunctions({ PREDICTION_PROVIDER: "fashn", FASHN_API_URL: "http://127.0.0.1:1" });
  await using _room = await FittingRoom.open();
  const begun = await startTryOn(user, { body: { person_path } });
  const inputs = user.client.storage.from("modera-inputs");
  await inputs.remove([person_path]);
  const { status } = await eventually(
    () => readTryOn(user, begun.body.try_on_id),
    ({ status }) => status !== "active",
  );
  // The job may have handed it over before it was deleted; it never charges for another picture.
  assert.ok(["failed", "processing"].includes(status), status);
});

Deno.test("the same key gives the same try-on; with other pictures it is a conflict", async () => {
  await using _room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const body = { person_path: await uploaded(user), garment_path: await uploaded(user) };
  const key = freshKey();
  const [one, two] = await Promise.all([
    startTryOn(user, { body, key }),
    startTryOn(user, { body, key }),
  ]);
  assert.deepEqual([one.status, two.status], [202, 202]);
  assert.deepEqual(one.body, two.body);
  const other = await startTryOn<ProblemBody>(user, { key });
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
  assert.equal((await balanceOf(user)).pending, 3);
});

Deno.test("too few credits are 402 with what is required and available", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(2);
  const { status, body } = await startTryOn<ProblemBody>(user);
  assert.deepEqual([status, body.code, body["required"], body["available"]], [
    402,
    "insufficient_credits",
    3,
    2,
  ]);
  assert.equal(room.asked.length, 0);
});

Deno.test("a provider that is down is 503 with Retry-After, and nothing is held", async () => {
  const user = await userWithCredits(50);
  {
    await using _room = await FittingRoom.open();
    await restartFunctions({ PREDICTION_PROVIDER: "fashn", FASHN_API_URL: "http://127.0.0.1:1" });
    const { status, headers, body } = await startTryOn<ProblemBody>(user);
    assert.deepEqual([status, body.code], [503, "provider_unavailable"]);
    assert.ok(Number(headers.get("retry-after")) > 0);
  }
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
});

Deno.test("what is wrong with a request is named", async (t) => {
  await using _room = await FittingRoom.open();
  const [user, other] = [await userWithCredits(50), await userWithCredits(50)];
  const theirs = await uploaded(other);
  const wrong: [string, Record<string, unknown>, number, string, string?][] = [
    ["an unknown field", { product: "modera", extra: 1 }, 422, "invalid_request", "extra"],
    ["a wrong type", { person_path: 7 }, 422, "invalid_request", "person_path"],
    ["an unknown product", { product: "nothing" }, 404, "unknown_product", "product"],
    ["another's picture", { person_path: theirs }, 404, "input_not_found", "person_path"],
    ["an address", { garment_path: "https://example.com/a.png" }, 404, "input_not_found"],
    ["a way out", { garment_path: `${user.id}/../${theirs}` }, 404, "input_not_found"],
  ];
  for (const [name, body, status, code, field] of wrong) {
    await t.step(name, async () => {
      const answer = await startTryOn<ProblemBody>(user, { body });
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      if (field) assert.equal(answer.body.errors?.[0]?.field, field);
    });
  }
  await t.step("no Idempotency-Key", async () => {
    const answer = await callJson<ProblemBody>("try-on", { caller: user, body: {} });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [400, "Idempotency-Key"]);
  });
  await t.step("an id that is none", async () => {
    const answer = await callJson<ProblemBody>("try-on/7", { caller: user });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [422, "id"]);
  });
  await t.step("an id of nobody", async () => {
    const answer = await callJson<ProblemBody>(`try-on/${crypto.randomUUID()}`, { caller: user });
    assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
  });
  assert.equal((await balanceOf(user)).pending, 0);
});

Deno.test("nobody, and no key, tries anything on for a user", async () => {
  const body = { product: "modera", person_path: "a", garment_path: "b" };
  for (const caller of ["nobody", "secret", "automations"] as const) {
    const post = await callJson<ProblemBody>("try-on", { caller, key: freshKey(), body });
    assert.deepEqual([post.status, post.body.code], [401, "unauthorized"]);
    const get = await callJson<ProblemBody>(`try-on/${crypto.randomUUID()}`, { caller });
    assert.equal(get.status, 401);
  }
});

Deno.test("session-expiry is for the automations alone", async () => {
  for (const caller of ["nobody", "secret", await newUser()] as const) {
    const answer = await callJson<ProblemBody>("session-expiry", { caller, body: {} });
    assert.deepEqual([answer.status, answer.body.code], [401, "unauthorized"]);
  }
  const { status, body } = await callJson("session-expiry", { caller: "automations", body: {} });
  assert.deepEqual([status, Object.keys(body)], [200, ["expired"]]);
});

Deno.test("more than thirty try-ons within a minute are 429 with Retry-After", async () => {
  await using _room = await FittingRoom.open();
  const user = await userWithCredits(3);
  const body = { person_path: await uploaded(user), garment_path: await uploaded(user) };
  const key = freshKey();
  const started = performance.now();
  const answers = await Promise.all(
    Array.from(
      { length: 60 },
      () =>
        callJson<TryOnBody>("try-on", { caller: user, key, body: { product: "modera", ...body } }),
    ),
  );
  const refilled = Math.ceil((performance.now() - started) / 2000);
  const refused = answers.filter(({ status }) => status === 429);
  const taken = answers.filter(({ status }) => status === 202).length;
  assert.ok(taken >= 30 && taken <= 30 + refilled, `${taken} were taken`);
  assert.equal(taken + refused.length, answers.length);
  for (const { headers } of refused) assert.ok(Number(headers.get("retry-after")) > 0);
});
