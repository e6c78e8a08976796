import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import {
  advanceClock,
  callJson,
  newUser,
  platformDatabase,
  type User,
} from "../harness/platform.ts";
import { fixture } from "./engine.ts";
import { FittingRoom, startTryOn, uploaded } from "./fitting_room.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";
import { type Asked, pixel } from "./played_provider.ts";
import {
  readStyleAnalysis,
  smallAnalysis,
  startStyleAnalysis,
  type StyleAnalysisBody,
  StylingRoom,
} from "./styling_room.ts";

/** The one thing that the provider was asked for, once the job has run. */
async function askedOf(room: StylingRoom): Promise<Asked> {
  return (await eventually(() => Promise.resolve(room.asked), ({ length }) => length > 0))[0]!;
}

/** An analysis that is under way at the provider. */
async function underWay(room: StylingRoom): Promise<{ user: User; id: string; asked: Asked }> {
  const user = await userWithCredits(50);
  const { body } = await startStyleAnalysis(user);
  return { user, id: body.style_analysis_id, asked: await askedOf(room) };
}

async function told(room: StylingRoom, asked: Asked): Promise<number> {
  const answer = await room.tell(asked);
  await answer.body?.cancel();
  return answer.status;
}

/** What somebody sees of themselves through the Data API. */
async function profileOf(user: User) {
  const { data, error } = await user.client.schema("modera").from("users")
    .select("style_profile, body_measurements").single();
  if (error) throw error;
  return data;
}

async function eventsOf(analysisId: string): Promise<string[]> {
  const sql = platformDatabase();
  try {
    const rows = await sql`select topic from events.outbox
      where payload ->> 'style_analysis_id' = ${analysisId} order by id`;
    return rows.map((row) => row["topic"]);
  } finally {
    await sql.end();
  }
}

Deno.test("the local engine analyses a photo: five credits, and the result in the profile", async () => {
  const user = await userWithCredits(50);
  const begun = await startStyleAnalysis(user, { photo: await fixture("person.png") });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  assert.deepEqual(Object.keys(begun.body), [
    "style_analysis_id",
    "session_id",
    "status",
    "credits_held",
  ]);
  assert.equal(begun.headers.get("location"), begun.body.style_analysis_id);
  assert.equal(begun.body.credits_held, 5);
  const done: StyleAnalysisBody = await eventually(
    () => readStyleAnalysis(user, begun.body.style_analysis_id),
    ({ status }) => !["active", "processing"].includes(status),
    60_000,
  );
  assert.equal(done.status, "completed", JSON.stringify(done));
  assert.deepEqual([done.engine, done.credits_used, done.failure], ["local-preview", 5, null]);
  assert.deepEqual(Object.keys(done.analysis!).toSorted(), [
    "confidence",
    "palette",
    "profile",
    "proportions",
    "recommendations",
    "season",
  ]);
  assert.equal(done.analysis!["season"]!["name"], "autumn");
  const { style_profile, body_measurements } = await profileOf(user);
  assert.equal(style_profile.style_analysis_id, done.style_analysis_id);
  assert.deepEqual(style_profile.season, done.analysis!["season"]);
  assert.equal(body_measurements.shape.name, "rectangle");
  assert.deepEqual(await balanceOf(user), { posted: 45, pending: 0, available: 45 });
});

Deno.test("what the local engine refuses costs nothing and has a reason that people understand", async () => {
  const user = await userWithCredits(50);
  const { body } = await startStyleAnalysis(user, { photo: await fixture("two-people.png") });
  const failed: StyleAnalysisBody = await eventually(
    () => readStyleAnalysis(user, body.style_analysis_id),
    ({ status }) => !["active", "processing"].includes(status),
    60_000,
  );
  assert.deepEqual([failed.status, failed.failure?.code], ["failed", "several_people"]);
  assert.match(failed.failure?.message ?? "", /^[A-Z].*\.$/);
  assert.deepEqual([failed.analysis, (await balanceOf(user)).available], [null, 50]);
  assert.deepEqual((await profileOf(user)).style_profile, {});
});

Deno.test("a style analysis is held, asked for by a signed address, charged once and shown", async () => {
  await using room = await StylingRoom.open();
  const { user, id, asked } = await underWay(room);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 5, available: 45 });
  assert.deepEqual([asked.model, Object.keys(asked.inputs)], ["studio/stylist", ["photo_image"]]);
  const photo = await fetch(asked.inputs["photo_image"]!);
  assert.deepEqual(new Uint8Array(await photo.arrayBuffer()), pixel);
  room.end(asked, { output: { analysis: smallAnalysis, engine: "stylist" } });
  assert.deepEqual([await told(room, asked), await told(room, asked)], [200, 200]);
  const done = await readStyleAnalysis(user, id);
  assert.deepEqual([done.status, done.credits_used, done.engine], ["completed", 5, "stylist"]);
  assert.deepEqual(done.analysis, smallAnalysis);
  assert.deepEqual(await balanceOf(user), { posted: 45, pending: 0, available: 45 });
  assert.deepEqual(await eventsOf(id), ["style_analysis.completed"]);
});

Deno.test("M-17: a failure gives the credits back and says why", async () => {
  await using room = await StylingRoom.open();
  const { user, id, asked } = await underWay(room);
  room.end(asked, { error: "face_not_visible: The face is covered." });
  assert.equal(await told(room, asked), 200);
  const failed = await readStyleAnalysis(user, id);
  assert.deepEqual([failed.status, failed.failure], [
    "failed",
    { code: "face_not_visible", message: "The face is covered." },
  ]);
  assert.equal((await balanceOf(user)).available, 50);
  assert.deepEqual(await eventsOf(id), ["style_analysis.failed"]);
});

for (
  const [name, output] of [
    ["a picture", { image: "https://replicate.delivery/a.png" }],
    ["half an analysis", { analysis: { ...smallAnalysis, season: undefined } }],
    ["a season that there is not", {
      analysis: { ...smallAnalysis, season: { name: "monsoon", undertone: "cool" } },
    }],
  ] as const
) {
  Deno.test(`${name} in place of an analysis is not charged`, async () => {
    await using room = await StylingRoom.open();
    const { user, id, asked } = await underWay(room);
    room.end(asked, { output });
    assert.equal(await told(room, asked), 200);
    const failed = await readStyleAnalysis(user, id);
    assert.deepEqual([failed.status, failed.failure?.code], ["failed", "prediction_failed"]);
    assert.equal((await balanceOf(user)).available, 50);
  });
}

Deno.test("M-13: an analysis that takes too long expires; what comes after is late and free", async () => {
  await using room = await StylingRoom.open();
  const { user, id, asked } = await underWay(room);
  await advanceClock("31 minutes");
  assert.deepEqual((await readStyleAnalysis(user, id)).failure?.code, "session_expired");
  room.end(asked, { output: { analysis: smallAnalysis } });
  assert.equal(await told(room, asked), 200);
  const late = await readStyleAnalysis(user, id);
  assert.deepEqual([late.status, late.analysis], ["expired", null]);
  assert.equal((await balanceOf(user)).available, 50);
});

Deno.test("an analysis is its owner's alone, and waits in a session that was opened for it", async () => {
  await using room = await StylingRoom.open();
  const user = await userWithCredits(50);
  const open = async (type: string) =>
    (await callJson<{ session_id: string }>("session-start", {
      caller: user,
      key: freshKey(),
      body: { product: "modera", type },
    })).body.session_id;
  const session_id = await open("styling");
  const { body } = await startStyleAnalysis(user, { body: { session_id } });
  assert.equal(body.session_id, session_id);
  await askedOf(room);
  const path = `style-analysis/${body.style_analysis_id}`;
  const read = await callJson<ProblemBody>(path, { caller: await newUser() });
  assert.deepEqual([read.status, read.body.code], [404, "not_found"]);
  const other = await startStyleAnalysis<ProblemBody>(user, {
    body: { session_id: await open("tryon") },
  });
  assert.deepEqual([other.status, other.body.code], [404, "not_found"]);
});

Deno.test("the same key gives the same analysis; with another photo it is a conflict; a try-on may have it too", async () => {
  await using _room = await StylingRoom.open();
  await using _fitting = await FittingRoom.open();
  const user = await userWithCredits(50);
  const [key, photo_path] = [freshKey(), await uploaded(user)];
  const start = () => startStyleAnalysis(user, { key, body: { photo_path } });
  const [one, two] = await Promise.all([start(), start()]);
  assert.deepEqual([one.status, two.status], [202, 202]);
  assert.deepEqual(one.body, two.body);
  const other = await startStyleAnalysis<ProblemBody>(user, { key });
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
  assert.equal((await startTryOn(user, { key })).status, 202);
  assert.equal((await balanceOf(user)).pending, 8);
});

Deno.test("M-26: without consent no photo is analysed", async () => {
  const user = await userWithCredits(50);
  const photo_path = await uploaded(user);
  const { error } = await user.client.schema("modera").rpc("withdraw_consent");
  assert.equal(error, null);
  const refused = await callJson<ProblemBody>("style-analysis", {
    caller: user,
    key: freshKey(),
    body: { product: "modera", photo_path },
  });
  assert.deepEqual([refused.status, refused.body.code], [403, "consent_required"]);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
});

Deno.test("a provider that does no style analyses is 503, and nothing is held", async () => {
  await using _room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const { status, headers, body } = await startStyleAnalysis<ProblemBody>(user);
  assert.deepEqual([status, body.code], [503, "provider_unavailable"]);
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.equal((await balanceOf(user)).pending, 0);
});

Deno.test("what is wrong with a request is named", async (t) => {
  await using _room = await StylingRoom.open();
  const [user, other, poor] = [
    await userWithCredits(50),
    await userWithCredits(5),
    await userWithCredits(4),
  ];
  const theirs = await uploaded(other);
  const wrong: [string, User, Record<string, unknown>, number, string][] = [
    ["an unknown field", user, { extra: 1 }, 422, "invalid_request"],
    ["a wrong type", user, { photo_path: 7 }, 422, "invalid_request"],
    ["an unknown product", user, { product: "nothing" }, 404, "unknown_product"],
    ["another's photo", user, { photo_path: theirs }, 404, "input_not_found"],
    ["an address", user, { photo_path: "https://example.com/a.png" }, 404, "input_not_found"],
    ["too few credits", poor, {}, 402, "insufficient_credits"],
  ];
  for (const [name, caller, body, status, code] of wrong) {
    await t.step(name, async () => {
      const answer = await startStyleAnalysis<ProblemBody>(caller, { body });
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
    });
  }
  await t.step("no Idempotency-Key", async () => {
    const answer = await callJson<ProblemBody>("style-analysis", { caller: user, body: {} });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [400, "Idempotency-Key"]);
  });
  for (const caller of ["secret", "automations"] as const) {
    await t.step(`the key ${caller}`, async () => {
      const body = { product: "modera", photo_path: theirs };
      const answer = await callJson<ProblemBody>("style-analysis", {
        caller,
        key: freshKey(),
        body,
      });
      assert.deepEqual([answer.status, answer.body.code], [401, "unauthorized"]);
    });
  }
  assert.equal((await balanceOf(user)).pending, 0);
});
