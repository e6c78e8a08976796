import assert from "node:assert/strict";
import { advanceClock, anonymous, newUser, type User } from "../harness/platform.ts";
import { FittingRoom, pixel, startTryOn } from "./fitting_room.ts";
import { consentingUser, userWithCredits } from "./people.ts";

const modera = (user: Pick<User, "client">) => user.client.schema("modera");

/** Puts a file somewhere in modera-inputs and returns what went wrong. */
async function upload(
  user: User,
  path: string,
  options: { bytes?: Uint8Array; contentType?: string; upsert?: boolean; bucket?: string } = {},
) {
  const { bytes = pixel, contentType = "image/png", upsert = false, bucket = "modera-inputs" } =
    options;
  const { error } = await user.client.storage.from(bucket)
    .upload(path, bytes, { contentType, upsert });
  return error;
}

Deno.test("M-08: a person reads their account through the Data API, and only theirs", async () => {
  const [person, other] = [await userWithCredits(50), await userWithCredits(7)];
  const { data: users } = await modera(person).from("users").select("auth_user_id, credits");
  assert.deepEqual(users, [{ auth_user_id: person.id, credits: 50 }]);
  const { data: theirs } = await modera(person).from("users").select("id")
    .eq("auth_user_id", other.id);
  assert.deepEqual(theirs, []);
  const { data: history } = await modera(person).from("credit_transactions")
    .select("transaction_type, credits_amount, credits_balance_after");
  assert.deepEqual(history, [
    { transaction_type: "purchase", credits_amount: 50, credits_balance_after: 50 },
  ]);
});

Deno.test("M-01, M-18: prices are read from the settings of the contract", async () => {
  const person = await newUser();
  const { data } = await modera(person).from("system_settings").select("setting_key, setting_value")
    .in("setting_key", ["credit_costs", "credit_packages_usd"]).order("setting_key");
  assert.deepEqual(data, [
    {
      setting_key: "credit_costs",
      setting_value: { tryon: 3, styling: 5, recommendations: 2 },
    },
    {
      setting_key: "credit_packages_usd",
      setting_value: {
        basic: { price: 4.99, credits: 50, currency: "USD" },
        premium: { price: 12.99, credits: 150, currency: "USD" },
      },
    },
  ]);
});

Deno.test("X-01, M-03: a person changes preferences and nothing else", async () => {
  const person = await userWithCredits(5);
  const good = await modera(person).from("users").update({ preferences: { colours: ["red"] } })
    .eq("auth_user_id", person.id).select("preferences, credits");
  assert.deepEqual(good.data, [{ preferences: { colours: ["red"] }, credits: 5 }]);
  for (
    const attack of [{ credits: 1e6 }, { is_premium: true }, { telegram_id: 1 }, {
      preferences: {},
      total_spent: 0,
    }]
  ) {
    const { error } = await modera(person).from("users").update(attack)
      .eq("auth_user_id", person.id);
    assert.notEqual(error, null, JSON.stringify(attack));
  }
  const { data } = await modera(person).from("users").select("credits, is_premium");
  assert.deepEqual(data, [{ credits: 5, is_premium: false }]);
});

Deno.test("M-01, M-10: without signing in nothing is read and nothing called", async () => {
  const client = anonymous().schema("modera");
  for (const table of ["users", "system_settings", "settings", "virtual_tryons"]) {
    const { data, error } = await client.from(table).select("*");
    assert.ok(error || data?.length === 0, table);
    const written = await client.from(table).update({ is_active: false }).neq("id", 0);
    assert.notEqual(written.error, null, table);
  }
  for (
    const [name, args] of [
      ["update_user_credits", { p_user_id: 1, p_credits_change: 9, p_transaction_type: "bonus" }],
      ["start_try_on", { person_path: "a", garment_path: "b", key: "k" }],
      ["expire_sessions", {}],
    ] as const
  ) {
    assert.notEqual((await client.rpc(name, args)).error, null, name);
  }
});

Deno.test("M-10: a signed-in person cannot call what only the service may", async () => {
  const person = await userWithCredits(5);
  const attacks = [
    ["update_user_credits", {
      p_user_id: 1,
      p_credits_change: 9,
      p_transaction_type: "bonus",
      p_key: "k",
    }],
    ["complete_prediction", { prediction_id: crypto.randomUUID(), result_path: "x", output: {} }],
    ["fail_prediction", { prediction_id: crypto.randomUUID(), code: "x", message: "x" }],
    ["expire_sessions", { max: 1 }],
  ] as const;
  for (const [name, args] of attacks) {
    assert.notEqual((await modera(person).rpc(name, args)).error, null, name);
  }
  assert.notEqual((await person.client.schema("private").rpc("modera_admit", {})).error, null);
  assert.notEqual((await person.client.schema("ledger").from("accounts").select()).error, null);
});

Deno.test("X-11: people put pictures into their own folder and nowhere else", async () => {
  const [person, other] = [await consentingUser(), await newUser()];
  assert.equal(await upload(person, `${person.id}/me.png`), null);
  for (
    const path of ["me.png", `${other.id}/me.png`, `${other.id}/${person.id}/me.png`]
  ) {
    assert.notEqual(await upload(person, path), null, path);
  }
  assert.notEqual(await upload(person, `${person.id}/r.png`, { bucket: "modera-results" }), null);
  const inputs = other.client.storage.from("modera-inputs");
  assert.notEqual((await inputs.download(`${person.id}/me.png`)).error, null);
  assert.notEqual((await inputs.createSignedUrl(`${person.id}/me.png`, 60)).error, null);
  assert.deepEqual((await inputs.list(person.id)).data, []);
});

Deno.test("M-25: a picture is of a kind and size that is taken, and is not overwritten", async () => {
  const person = await consentingUser();
  const path = `${person.id}/me.png`;
  assert.notEqual(await upload(person, path, { contentType: "image/svg+xml" }), null);
  assert.notEqual(await upload(person, path, { contentType: "text/html" }), null);
  assert.notEqual(await upload(person, path, { bytes: new Uint8Array(10485761) }), null);
  assert.equal(await upload(person, path), null);
  const other = pixel.slice().fill(0);
  assert.notEqual(await upload(person, path, { bytes: other, upsert: true }), null);
  const { data } = await person.client.storage.from("modera-inputs").download(path);
  assert.deepEqual(new Uint8Array(await data!.arrayBuffer()), pixel);
});

Deno.test("M-08: the owner rates a finished try-on through the Data API", async () => {
  await using room = await FittingRoom.open();
  const person = await userWithCredits(3);
  const { body } = await startTryOn(person);
  const rate = () =>
    modera(person).from("virtual_tryons").update({ user_rating: 5 }).eq("id", body.try_on_id)
      .select("user_rating");
  assert.notEqual((await rate()).error, null, "not before it is finished");
  for (let i = 0; room.asked.length === 0 && i < 100; i++) await advanceClock("1 second");
  room.end(room.asked[0]!, { output: [room.picture] });
  await (await room.tell(room.asked[0]!)).body?.cancel();
  assert.deepEqual((await rate()).data, [{ user_rating: 5 }]);
});
