import assert from "node:assert/strict";
import { callFunction, callJson, type FunctionRequest } from "../harness/platform.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

const debit = (body: unknown, request: FunctionRequest = {}) =>
  callJson<ProblemBody>("credit-debit", { caller: "secret", key: freshKey(), body, ...request });

Deno.test("credit-debit spends an amount and says what is left", async () => {
  const holder = await userWithCredits(10);
  const { status, body } = await debit({ product: "modera", holder: holder.id, amount: 4 });
  assert.equal(status, 200);
  assert.equal(body["amount"], 4);
  assert.match(String(body["entry_id"]), /^[0-9a-f-]{36}$/);
  assert.deepEqual(body["balance"], { posted: 6, pending: 0, available: 6 });
});

Deno.test("credit-debit spends the price of a feature", async () => {
  const holder = await userWithCredits(10);
  const { status, body } = await debit({ product: "modera", holder: holder.id, feature: "tryon" });
  assert.equal(status, 200);
  assert.equal(body["amount"], 3);
});

Deno.test("M-06: the same key spends once and gets the first answer again", async () => {
  const holder = await userWithCredits(10);
  const request = { key: freshKey() };
  const body = { product: "modera", holder: holder.id, amount: 4 };
  const first = await debit(body, request);
  const again = await debit(body, request);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, first.body);
  assert.equal((await balanceOf(holder)).posted, 6);
});

Deno.test("a key that was used for another debit conflicts", async () => {
  const holder = await userWithCredits(10);
  const request = { key: freshKey() };
  await debit({ product: "modera", holder: holder.id, amount: 4 }, request);
  const other = await debit({ product: "modera", holder: holder.id, amount: 5 }, request);
  assert.equal(other.status, 409);
  assert.equal(other.body.code, "idempotency_conflict");
});

Deno.test("M-04: more than is available is refused with what is missing", async () => {
  const holder = await userWithCredits(2);
  const { status, headers, body } = await debit({
    product: "modera",
    holder: holder.id,
    amount: 3,
  });
  assert.equal(status, 402);
  assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(body.code, "insufficient_credits");
  assert.deepEqual([body["required"], body["available"]], [3, 2]);
  assert.equal((await balanceOf(holder)).posted, 2);
});

Deno.test("X-04: 100 debits of 1 at once against 60 are 60 times 200 and 40 times 402", async () => {
  const holder = await userWithCredits(60);
  const body = { product: "modera", holder: holder.id, amount: 1 };
  const answers = await Promise.all(Array.from({ length: 100 }, () => debit(body)));
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  assert.deepEqual([count(200), count(402)], [60, 40]);
  assert.deepEqual(await balanceOf(holder), { posted: 0, pending: 0, available: 0 });
});

Deno.test("50 requests with one key at once spend once", async () => {
  const holder = await userWithCredits(10);
  const key = freshKey();
  const body = { product: "modera", holder: holder.id, amount: 1 };
  const answers = await Promise.all(Array.from({ length: 50 }, () => debit(body, { key })));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(new Set(answers.map((answer) => answer.body["entry_id"])).size, 1);
  assert.equal((await balanceOf(holder)).posted, 9);
});

Deno.test("a holder whom the product does not know is 404", async () => {
  const { status, body } = await debit({
    product: "modera",
    holder: crypto.randomUUID(),
    amount: 1,
  });
  assert.deepEqual([status, body.code], [404, "holder_not_found"]);
});

Deno.test("credit-debit takes the secret key and nothing else", async () => {
  const user = await userWithCredits(5);
  const body = { product: "modera", holder: user.id, amount: 1 };
  for (const caller of ["nobody", "automations", user] as const) {
    const answer = await debit(body, { caller });
    assert.deepEqual([answer.status, answer.body.code], [401, "unauthorized"]);
  }
  const forged = await debit(body, { caller: "nobody", headers: { apikey: "sb_secret_forged" } });
  assert.equal(forged.status, 401);
  assert.equal((await balanceOf(user)).posted, 5);
});

Deno.test("credit-debit needs an Idempotency-Key", async () => {
  const body = { product: "modera", holder: crypto.randomUUID(), amount: 1 };
  const answer = await callJson<ProblemBody>("credit-debit", { caller: "secret", body });
  assert.equal(answer.status, 400);
  assert.equal(answer.body.errors?.[0]?.field, "Idempotency-Key");
});

Deno.test("credit-debit names every field that is wrong", async () => {
  const wrong: [unknown, string][] = [
    [{ product: "modera", holder: "me", amount: 1 }, "holder"],
    [{ product: "modera", holder: crypto.randomUUID(), amount: 0 }, "amount"],
    [{ product: "modera", holder: crypto.randomUUID(), amount: 1.5 }, "amount"],
    [{ product: "modera", holder: crypto.randomUUID(), amount: "1" }, "amount"],
    [{ product: "modera", holder: crypto.randomUUID() }, "amount"],
    [{ product: "modera", holder: crypto.randomUUID(), amount: 1, feature: "tryon" }, "amount"],
    [{ product: "NO PRODUCT", holder: crypto.randomUUID(), amount: 1 }, "product"],
    [{ product: "modera", holder: crypto.randomUUID(), amount: 1, admin: true }, "admin"],
  ];
  for (const [body, field] of wrong) {
    const answer = await debit(body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.equal(answer.body.code, "invalid_request");
    assert.ok(answer.body.errors?.some((error) => error.field === field), JSON.stringify(answer));
  }
});

Deno.test("an unknown feature is 404", async () => {
  const holder = await userWithCredits(5);
  const answer = await debit({ product: "modera", holder: holder.id, feature: "time-travel" });
  assert.deepEqual([answer.status, answer.body.code], [404, "unknown_feature"]);
});

Deno.test("text in a debit reaches the ledger as it was written", async () => {
  const holder = await userWithCredits(5);
  const reference = `'); drop table ledger.entries; -- \\' " \u{1F600} $1`;
  const answer = await debit({ product: "modera", holder: holder.id, amount: 1, reference });
  assert.equal(answer.status, 200);
  const page = await callJson<{ entries: { reference: string | null }[] }>(
    "credit-balance?product=modera",
    { caller: holder },
  );
  assert.equal(page.body.entries[0]?.reference, reference);
});

Deno.test("bodies that are not JSON are refused", async () => {
  const send = async (body: string | Uint8Array, type: string) => {
    const headers = { "content-type": type };
    const answer = await callFunction("credit-debit", {
      caller: "secret",
      key: freshKey(),
      method: "POST",
      body,
      headers,
    });
    return [answer.status, ((await answer.json()) as ProblemBody).code];
  };
  assert.deepEqual(await send("{", "application/json"), [400, "invalid_request"]);
  assert.deepEqual(await send("", "application/json"), [400, "invalid_request"]);
  assert.deepEqual(await send(new Uint8Array([0xff]), "application/json"), [
    400,
    "invalid_request",
  ]);
  assert.deepEqual(await send("a=1", "text/plain"), [415, "unsupported_media_type"]);
  assert.deepEqual(await send("[1]", "application/json"), [422, "invalid_request"]);
});
