import assert from "node:assert/strict";
import {
  callJson,
  type FunctionRequest,
  newUser,
  platformDatabase,
  restartFunctions,
  type User,
} from "../harness/platform.ts";
import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import { balanceOf, freshKey, type ProblemBody } from "./people.ts";

interface Checkout {
  invoice_id: string;
  number: string;
  url: string;
  amount: number;
  currency: string;
  credits: number;
  expires_at: string;
}

const basic = { product: "modera", offer: "basic", currency: "USD" };

const checkout = <T = Checkout>(caller: User, body: unknown, request: FunctionRequest = {}) =>
  callJson<T>("checkout", { caller, key: freshKey(), body, ...request });

async function invoicesOf(user: User): Promise<{ id: string; state: string }[]> {
  const sql = platformDatabase();
  try {
    return [
      ...await sql<{ id: string; state: string }[]>`
      select id, state from billing.invoices where holder = ${user.id}`,
    ];
  } finally {
    await sql.end();
  }
}

Deno.test("checkout opens an invoice that is payable for one hour", async () => {
  const user = await newUser();
  const { status, body } = await checkout(user, basic);
  assert.equal(status, 201);
  assert.deepEqual([body.amount, body.currency, body.credits], [499, "USD", 50]);
  assert.match(body.url, /^http/);
  const [invoice] = await invoicesOf(user);
  assert.deepEqual(invoice, { id: body.invoice_id, state: "pending" });
  const sql = platformDatabase();
  const [row] = await sql`
    select expires_at - created_at = interval '1 hour' as hour, number from billing.invoices
    where id = ${body.invoice_id}`;
  await sql.end();
  assert.deepEqual([row?.["hour"], row?.["number"]], [true, body.number]);
});

Deno.test("a person pays on Stripe's page and holds the credits", async () => {
  const user = await newUser();
  const { body } = await checkout(user, basic);
  const paid = await fetch(`${body.url}/complete`, { method: "POST", redirect: "manual" });
  await paid.body?.cancel();
  const balance = await eventually(() => balanceOf(user), ({ available }) => available > 0);
  assert.deepEqual(balance, { posted: 50, pending: 0, available: 50 });
});

Deno.test("the currency is the offer's own unless one is asked for", async () => {
  const user = await newUser();
  const { body } = await checkout(user, { product: "modera", offer: "basic" });
  assert.ok(["USD", "RUB"].includes(body.currency));
  const roubles = await checkout(user, { ...basic, currency: "RUB" });
  assert.deepEqual([roubles.body.currency, roubles.body.amount], ["RUB", 29900]);
});

Deno.test("the same key opens one invoice, and another body with it conflicts", async () => {
  const user = await newUser();
  const key = freshKey();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => checkout(user, basic, { key })),
  );
  // Stripe lets one of several equal requests at once through; the others are asked to repeat.
  assert.ok(answers.every(({ status }) => status === 201 || status === 503));
  const again = await checkout(user, basic, { key });
  assert.equal(again.status, 201);
  for (const { status, body } of answers) if (status === 201) assert.deepEqual(body, again.body);
  assert.equal((await invoicesOf(user)).length, 1);
  const other = await checkout<ProblemBody>(user, { ...basic, offer: "premium" }, { key });
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
});

Deno.test("two people with one key have an invoice each", async () => {
  const key = freshKey();
  const [one, other] = [await newUser(), await newUser()];
  const first = await checkout(one, basic, { key });
  const second = await checkout(other, basic, { key });
  assert.notEqual(first.body.invoice_id, second.body.invoice_id);
});

Deno.test("what is not sold is 404, and opens nothing", async () => {
  const user = await newUser();
  const cases: [Record<string, string>, string][] = [
    [{ ...basic, offer: "gold" }, "unknown_offer"],
    [{ ...basic, currency: "EUR" }, "unknown_offer"],
    [{ ...basic, product: "nothing" }, "unknown_product"],
  ];
  for (const [body, code] of cases) {
    const answer = await checkout<ProblemBody>(user, body);
    assert.deepEqual([answer.status, answer.body.code], [404, code]);
  }
  assert.deepEqual(await invoicesOf(user), []);
});

Deno.test("M-14: a buyer names neither price nor credits", async () => {
  const user = await newUser();
  for (const extra of [{ amount: 1 }, { credits: 99999 }, { price: "price_1" }, { holder: "x" }]) {
    const { status, body } = await checkout<ProblemBody>(user, { ...basic, ...extra });
    assert.equal(status, 422);
    assert.equal(body.errors?.[0]?.field, Object.keys(extra)[0]);
  }
  assert.deepEqual(await invoicesOf(user), []);
});

Deno.test("checkout names every field that is wrong, and the header that is missing", async () => {
  const user = await newUser();
  const wrong: [unknown, string][] = [
    [{}, "product"],
    [{ ...basic, offer: 1 }, "offer"],
    [{ ...basic, currency: "usd" }, "currency"],
    [{ ...basic, currency: "DOLLARS" }, "currency"],
  ];
  for (const [body, field] of wrong) {
    const answer = await checkout<ProblemBody>(user, body);
    assert.equal(answer.status, 422);
    assert.ok(answer.body.errors?.some((error) => error.field === field));
  }
  const keyless = await callJson<ProblemBody>("checkout", { caller: user, body: basic });
  assert.equal(keyless.status, 400);
  const long = await checkout<ProblemBody>(user, basic, { key: "k".repeat(256) });
  assert.equal(long.status, 422);
});

Deno.test("keys buy nothing: checkout is for people", async () => {
  for (const caller of ["nobody", "secret", "automations"] as const) {
    const answer = await callJson<ProblemBody>("checkout", {
      caller,
      key: freshKey(),
      body: basic,
    });
    assert.deepEqual([answer.status, answer.body.code], [401, "unauthorized"]);
  }
});

Deno.test("Stripe down is 503 with Retry-After; the same key goes on with the same invoice", async () => {
  const user = await newUser();
  const key = freshKey();
  const { stripe_url } = testPlatform();
  await restartFunctions({ STRIPE_API_URL: "http://127.0.0.1:1" });
  try {
    const down = await checkout<ProblemBody>(user, basic, { key });
    assert.deepEqual([down.status, down.body.code], [503, "provider_unavailable"]);
    assert.ok(Number(down.headers.get("retry-after")) > 0);
  } finally {
    await restartFunctions({ STRIPE_API_URL: stripe_url ?? "" });
  }
  const [invoice] = await invoicesOf(user);
  const resumed = await checkout(user, basic, { key });
  assert.equal(resumed.status, 201);
  assert.equal(resumed.body.invoice_id, invoice?.id);
});

Deno.test("more than twenty checkouts within a minute are 429 with Retry-After", async () => {
  const [user, other] = [await newUser(), await newUser()];
  const key = freshKey();
  assert.equal((await checkout(user, basic, { key })).status, 201);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => checkout<ProblemBody>(user, basic, { key })),
  );
  const refused = answers.filter(({ status }) => status === 429);
  // One place is free again every three seconds, on however slow a machine.
  assert.ok(refused.length > 0 && refused.length <= 21, `${refused.length} of 40 were refused`);
  assert.ok(answers.every(({ status }) => status === 201 || status === 429));
  for (const { headers, body } of refused) {
    assert.equal(body.code, "rate_limited");
    assert.ok(Number(headers.get("retry-after")) > 0);
  }
  assert.equal((await checkout(other, basic)).status, 201);
});
