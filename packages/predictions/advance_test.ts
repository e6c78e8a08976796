import assert from "node:assert/strict";
import { attempt as attemptJob } from "../jobs/fakes.ts";
import { predictionHandler } from "./advance.ts";
import { FakeKind } from "./fake_kind.ts";
import { FakeProvider } from "./fake_provider.ts";
import type { Predictions } from "./predictions.ts";
import { replicate } from "./replicate.ts";

const id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";

function predictionsAt(baseUrl: string): Predictions {
  const provider = replicate({
    baseUrl,
    token: "t",
    webhookSecret: "whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
    models: { "try-on": "tessera/local-preview" },
  });
  return {
    providerOf: () => provider,
    providerNamed: () => provider,
    webhookBase: "http://functions.test/prediction-webhook",
    depsFor: (db) => ({ db }) as ReturnType<Predictions["depsFor"]>,
  };
}

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function advance(baseUrl: string, kind: FakeKind, attempt = 1) {
  const handler = predictionHandler(predictionsAt(baseUrl), kind);
  return attemptJob(handler, { payload: { prediction_id: id }, attempt, traceparent });
}

const answering = (body: unknown, status = 200) =>
  new FakeProvider(() => Response.json(body, { status }));

Deno.test("a prediction is asked for once, with an address that names it, and looked at again", async () => {
  await using fake = answering({ id: "p1", status: "starting" }, 201);
  const kind = new FakeKind();
  assert.ok("retry" in await advance(fake.url, kind));
  assert.deepEqual(kind.told, [`submitted ${id} replicate p1`]);
  const { webhook } = fake.requests[0]?.body as { webhook: string };
  const address = new URL(webhook);
  assert.equal(address.pathname, "/prediction-webhook");
  assert.equal(address.searchParams.get("kind"), "test.picture");
  assert.equal(address.searchParams.get("prediction"), id);
  assert.equal(address.searchParams.get("traceparent")?.slice(0, 35), traceparent.slice(0, 35));
});

Deno.test("a prediction that was asked for is looked at, not asked for again", async () => {
  await using fake = answering({ id: "p1", status: "succeeded", output: "http://x/r.png" });
  const kind = new FakeKind();
  kind.asks = { input: {}, providerPredictionId: "p1" };
  assert.deepEqual(await advance(fake.url, kind), { done: { outcome: "succeeded" } });
  assert.deepEqual(fake.requests.map(({ method }) => method), ["GET"]);
  assert.deepEqual(kind.told, [`succeeded ${id} http://x/r.png`]);
});

Deno.test("a prediction that is settled already needs no provider", async () => {
  const kind = new FakeKind();
  kind.asks = { done: true };
  assert.deepEqual(await advance("http://127.0.0.1:1", kind), { done: { outcome: "settled" } });
});

Deno.test("M-17: a provider's failure is recorded as such, so that the hold is given back", async () => {
  await using fake = answering({
    id: "p1",
    status: "failed",
    error: "no_person: Nobody is there.",
  });
  const kind = new FakeKind();
  assert.deepEqual(await advance(fake.url, kind), { done: { outcome: "failed" } });
  assert.deepEqual(kind.told.at(-1), `failed ${id} no_person`);
});

Deno.test("a provider that is down is asked again, and given up at the last attempt", async () => {
  await using fake = answering({}, 503);
  const kind = new FakeKind();
  assert.ok("retry" in await advance(fake.url, kind));
  assert.deepEqual(kind.told, []);
  assert.ok("done" in await advance(fake.url, kind, 8));
  assert.deepEqual(kind.told, [`failed ${id} provider_unavailable`]);
});

Deno.test("a provider that refuses is not asked again", async () => {
  await using fake = answering({ detail: "bad input" }, 422);
  const kind = new FakeKind();
  assert.ok("done" in await advance(fake.url, kind));
  assert.deepEqual(kind.told, [`failed ${id} provider_refused`]);
});

Deno.test("storage that is away leaves a success to the next attempt", async () => {
  await using fake = answering({ id: "p1", status: "succeeded", output: "http://x/r.png" });
  const kind = new FakeKind();
  kind.obstacle = new Error("storage is away");
  await assert.rejects(advance(fake.url, kind), /storage is away/);
  assert.ok(!kind.told.some((word) => word.startsWith("failed")));
});
