import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { createApp } from "../http/app.ts";
import { fakeDatabase, keptLog } from "../http/fakes.ts";
import { spanOf } from "../http/trace.ts";
import { FakeKind } from "./fake_kind.ts";
import { type Predictions, webhookUrl } from "./predictions.ts";
import { ProviderError } from "./provider_error.ts";
import { replicate } from "./replicate.ts";
import { predictionWebhookRoute } from "./webhook_route.ts";

const id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";
const secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0";
const success = { id: "p1", status: "succeeded", output: "http://provider.test/r.png" };

const provider = replicate({
  baseUrl: "http://provider.test",
  token: "t",
  webhookSecret: secret,
  models: {},
});

const predictions: Predictions = {
  providerOf: () => provider,
  providerNamed: () => provider,
  webhookBase: "http://functions.test/prediction-webhook",
  depsFor: (db) => ({ db }) as ReturnType<Predictions["depsFor"]>,
};

interface Delivery {
  about?: string;
  said?: unknown;
  sent?: string;
  at?: Date;
  key?: string;
}

/** Delivers a webhook as the provider would, but for the differences. */
async function deliver(kind: FakeKind, difference: Delivery = {}): Promise<[number, string]> {
  const said = JSON.stringify(difference.said ?? success);
  const at = difference.at ?? new Date();
  const app = createApp({
    slug: "prediction-webhook",
    database: fakeDatabase(),
    log: keptLog().log,
    routes: [predictionWebhookRoute(predictions, [kind])],
  });
  const answer = await app.fetch(
    new Request(
      await webhookUrl(
        predictions,
        { ...kind, kind: difference.about ?? kind.kind },
        id,
        spanOf(null),
      ),
      {
        method: "POST",
        headers: {
          "webhook-id": "msg_1",
          "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
          "webhook-signature": new Webhook(difference.key ?? secret).sign("msg_1", at, said),
        },
        body: difference.sent ?? said,
      },
    ),
  );
  const body = await answer.json();
  return [answer.status, body.code ?? body.state];
}

function expecting(providerPredictionId?: string): FakeKind {
  const kind = new FakeKind();
  kind.asks = {
    input: {},
    ...(providerPredictionId ? { providerPredictionId } : {}),
  };
  return kind;
}

Deno.test("a signed success is settled", async () => {
  const kind = expecting("p1");
  assert.deepEqual(await deliver(kind), [200, "succeeded"]);
  assert.deepEqual(kind.told, [`succeeded ${id} http://provider.test/r.png`]);
});

Deno.test("a signed failure is settled", async () => {
  const kind = expecting("p1");
  const said = { id: "p1", status: "failed", error: "no_person: Nobody is there." };
  assert.deepEqual(await deliver(kind, { said }), [200, "failed"]);
  assert.deepEqual(kind.told, [`failed ${id} no_person`]);
});

Deno.test("a webhook that overtakes the answer to our request names the provider's id first", async () => {
  const kind = expecting();
  assert.deepEqual(await deliver(kind), [200, "succeeded"]);
  assert.deepEqual(kind.told[0], `submitted ${id} replicate p1`);
});

Deno.test("a late success reaches the product, which knows that it is late", async () => {
  const kind = new FakeKind();
  kind.asks = { done: true, providerPredictionId: "p1" };
  assert.deepEqual(await deliver(kind), [200, "succeeded"]);
  assert.equal(kind.told.length, 1);
});

const forgeries: [string, Delivery][] = [
  ["a changed body", { sent: JSON.stringify({ ...success, output: "http://evil.test/x" }) }],
  ["an old timestamp", { at: new Date(Date.now() - 6 * 60_000) }],
  ["another's key", { key: "whsec_Z3Vlc3NndWVzc2d1ZXNzZ3Vlc3M=" }],
  ["a genuine message about another prediction", { said: { ...success, id: "p2" } }],
];

for (const [what, difference] of forgeries) {
  Deno.test(`${what} is refused and settles nothing`, async () => {
    const kind = expecting("p1");
    assert.deepEqual(await deliver(kind, difference), [400, "invalid_signature"]);
    assert.deepEqual(kind.told, []);
  });
}

Deno.test("a kind that nobody registered is 404", async () => {
  assert.deepEqual(await deliver(expecting("p1"), { about: "test.other" }), [404, "not_found"]);
});

Deno.test("a genuine message that makes no sense is taken, and left to the job", async () => {
  const kind = expecting("p1");
  assert.deepEqual(await deliver(kind, { said: { ...success, output: 42 } }), [200, "unreadable"]);
  assert.deepEqual(kind.told, []);
});

Deno.test("what may pass is a 5xx, so that the provider tells again", async () => {
  const kind = expecting("p1");
  kind.obstacle = new ProviderError("provider_unavailable", "x", { transient: true });
  assert.deepEqual(await deliver(kind), [503, "provider_unavailable"]);
  kind.obstacle = new Error("storage is away");
  assert.deepEqual(await deliver(kind), [500, "internal"]);
});

Deno.test("a result that cannot be used fails the prediction", async () => {
  const kind = expecting("p1");
  kind.obstacle = new ProviderError("output_invalid", "x", { transient: false });
  assert.deepEqual(await deliver(kind), [200, "succeeded"]);
  assert.deepEqual(kind.told, [`failed ${id} output_invalid`]);
});
