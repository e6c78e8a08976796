import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, type User } from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";

type Catalogue = {
  offers: { offer: string; currency: string; amount: number; credits: number }[];
  rates: Record<string, number>;
};

const read = async () => (await callJson<Catalogue>("catalogue?product=modera")).body;

const put = <T = Record<string, unknown>>(caller: User, path: string, body: object) =>
  callJson<T>(`catalogue/${path}`, { caller, method: "PUT", body });

const price = (offer: string, amount = 700) => ({
  product: "modera",
  offer,
  currency: "USD",
  amount,
  credits: 70,
});

const buy = (user: User, offer: string, key: string) =>
  callJson<{ amount: number }>("checkout", {
    caller: user,
    key,
    body: { product: "modera", offer, currency: "USD" },
  });

Deno.test("a price that an admin publishes is shown at once and sold once Stripe has it", async () => {
  const [admin, user] = [await newAdmin("modera"), await newUser()];
  const offer = `test-${crypto.randomUUID().slice(0, 8)}`;
  const published = await put(admin, "prices", price(offer));
  assert.equal(published.status, 200, JSON.stringify(published.body));
  const shown = (await read()).offers.find((one) => one.offer === offer);
  assert.deepEqual([shown?.amount, shown?.credits, shown?.currency], [700, 70, "USD"]);
  const settings = await callJson<{ settings: Record<string, Record<string, unknown>> }>(
    "settings/public",
  );
  assert.ok(settings.body.settings["credit_packages_usd"]?.[offer]);
  const key = freshKey();
  const sold = await eventually(() => buy(user, offer, key), ({ status }) => status !== 503);
  assert.deepEqual([sold.status, sold.body.amount], [201, 700]);

  await put(admin, "prices", price(offer, 900));
  assert.equal((await buy(user, offer, key)).body.amount, 700, "what was invoiced stays as it was");
  const dearer = freshKey();
  const later = await eventually(() => buy(user, offer, dearer), ({ status }) => status !== 503);
  assert.deepEqual([later.status, later.body.amount], [201, 900]);

  const path = `catalogue/offers/${offer}?product=modera`;
  const retired = await callJson(path, { caller: admin, method: "DELETE" });
  assert.deepEqual([retired.status, retired.body["active"]], [200, false]);
  assert.equal((await read()).offers.some((one) => one.offer === offer), false);
  assert.equal((await buy(user, offer, freshKey())).status, 404);
});

Deno.test("M-18: what a feature costs is published in one place and shown where it is read", async () => {
  const admin = await newAdmin("modera");
  const { rates } = await read();
  const rate = { product: "modera", feature: "recommendations", credits: 3 };
  assert.equal((await put(admin, "rates", rate)).status, 200);
  assert.equal((await read()).rates["recommendations"], 3);
  const settings = await callJson<{ settings: Record<string, unknown> }>("settings/public");
  assert.deepEqual(settings.body.settings["credit_costs"], { ...rates, recommendations: 3 });
  assert.equal(
    (await put(admin, "rates", { ...rate, credits: rates["recommendations"] })).status,
    200,
  );
});

Deno.test("M-01: what is wrong is named, and nobody but an admin publishes anything", async () => {
  const admin = await newAdmin("modera");
  const before = await read();
  const wrong: [string, object, number, string, string][] = [
    ["prices", { ...price("basic"), amount: 0 }, 422, "invalid_request", "amount"],
    ["prices", { ...price("basic"), amount: 4.99 }, 422, "invalid_request", "amount"],
    ["prices", { ...price("basic"), currency: "ZZZ" }, 422, "invalid_request", "currency"],
    ["prices", { ...price("basic"), credits: -5 }, 422, "invalid_request", "credits"],
    ["prices", { ...price("basic"), free: true }, 422, "invalid_request", "free"],
    [
      "rates",
      { product: "modera", feature: "dance", credits: 1 },
      404,
      "unknown_feature",
      "feature",
    ],
    [
      "rates",
      { product: "modera", feature: "tryon", credits: 0 },
      422,
      "invalid_request",
      "credits",
    ],
  ];
  for (const [path, body, status, code, field] of wrong) {
    const answer = await put<ProblemBody>(admin, path, body);
    assert.deepEqual([answer.status, answer.body.code, answer.body.errors?.[0]?.field], [
      status,
      code,
      field,
    ]);
  }
  for (const caller of [await newUser(), await newAdmin("acme")]) {
    const answer = await put<ProblemBody>(caller, "prices", price("basic", 1));
    assert.deepEqual([answer.status, answer.body.code], [403, "admin_required"]);
  }
  for (const caller of ["nobody", "secret", "automations"] as const) {
    const request = { caller, method: "PUT", body: price("basic", 1) };
    assert.equal((await callJson("catalogue/prices", request)).status, 401);
  }
  assert.deepEqual(await read(), before);
  const unknown = await callJson<ProblemBody>("catalogue?product=nothing");
  assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown_product"]);
});
