import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { FakeProvider } from "./fake_provider.ts";
import { fashn } from "./fashn.ts";
import type { PredictionProvider } from "./provider.ts";
import { replicate } from "./replicate.ts";

const webhookSecret = `whsec_${btoa("a secret of 24 characters")}`;
const provider = (baseUrl: string, model = "tessera/try-on"): PredictionProvider =>
  replicate({ baseUrl, token: "r8_token", webhookSecret, models: { "try-on": model } });
const request = {
  operation: "try-on",
  input: { person_image: "http://x/p" },
  webhookUrl: "http://x/hook",
};
const succeeded = { id: "p1", status: "succeeded", error: null };

Deno.test("Replicate: a model is asked by its name, with the token and the webhook", async () => {
  await using fake = new FakeProvider(() =>
    Response.json({ id: "p1", status: "starting" }, { status: 201 })
  );
  assert.deepEqual(await provider(fake.url).create(request), { id: "p1", state: "starting" });
  assert.deepEqual(fake.requests, [{
    method: "POST",
    path: "/v1/models/tessera/try-on/predictions",
    authorization: "Bearer r8_token",
    body: {
      input: request.input,
      webhook: request.webhookUrl,
      webhook_events_filter: ["completed"],
    },
  }]);
});

Deno.test("Replicate: a version is asked by its id", async () => {
  await using fake = new FakeProvider(() => Response.json({ id: "p1", status: "starting" }));
  await provider(fake.url, "abc123").create(request);
  assert.equal(fake.requests[0]?.path, "/v1/predictions");
  assert.equal((fake.requests[0]?.body as { version: string }).version, "abc123");
});

const outputs: [string, unknown, unknown][] = [
  ["an address", "https://x/r.png", { image: "https://x/r.png" }],
  ["a list of addresses", ["https://x/r.png", "https://x/2.png"], { image: "https://x/r.png" }],
  ["an object with scores", {
    image: "https://x/r.png",
    engine: "local-preview",
    quality_score: 0.7,
  }, {
    image: "https://x/r.png",
    engine: "local-preview",
    quality_score: 0.7,
  }],
];
outputs.push(["an analysis", { analysis: { season: {} } }, { analysis: { season: {} } }]);
for (const [name, output, expected] of outputs) {
  Deno.test(`Replicate: an output may be ${name}`, async () => {
    await using fake = new FakeProvider(() => Response.json({ ...succeeded, output }));
    const prediction = await provider(fake.url).get("p1");
    assert.deepEqual(prediction.output, { engine: fake.host, ...expected as object });
  });
}

Deno.test("Replicate: what it costs is its time at the price that is set, also when it fails", async () => {
  const priced = (url: string, microsPerSecond?: number) =>
    replicate({
      baseUrl: url,
      token: "t",
      webhookSecret,
      models: {},
      ...(microsPerSecond === undefined ? {} : { microsPerSecond }),
    });
  const answers = [
    { ...succeeded, output: "https://x/r.png", metrics: { predict_time: 3.2 } },
    { id: "p1", status: "failed", error: "x", metrics: { predict_time: 1 } },
    { ...succeeded, output: "https://x/r.png", metrics: { predict_time: -1 } },
  ];
  const costs = async (microsPerSecond?: number) => {
    const found: (number | undefined)[] = [];
    for (const body of answers) {
      await using fake = new FakeProvider(() => Response.json(body));
      found.push((await priced(fake.url, microsPerSecond).get("p1")).costMicros);
    }
    return found;
  };
  assert.deepEqual(await costs(975), [3120, 975, undefined]);
  assert.deepEqual(await costs(0), [0, 0, undefined]);
  assert.deepEqual(await costs(), [undefined, undefined, undefined]);
});

for (const output of [{ image: "nonsense" }, { text: "a person" }, "a person", 7, null]) {
  Deno.test(`Replicate: the output ${JSON.stringify(output)} is a permanent error`, async () => {
    await using fake = new FakeProvider(() => Response.json({ ...succeeded, output }));
    const asked = provider(fake.url).get("p1");
    await assert.rejects(asked, { code: "output_invalid", transient: false });
  });
}

Deno.test("M-31: the model that a request names goes before the environment's, for Replicate and FASHN", async () => {
  await using fake = new FakeProvider(() => Response.json({ id: "p1", status: "starting" }));
  await provider(fake.url).create({ ...request, model: "owner/other" });
  assert.equal(fake.requests[0]?.path, "/v1/models/owner/other/predictions");
  const settings = { baseUrl: fake.url, token: "t", webhookSecret, outputHosts: [] };
  await fashn(settings).create({ ...request, model: "tryon-v9" });
  assert.equal((fake.requests[1]?.body as { model_name: string }).model_name, "tryon-v9");
});

Deno.test("Replicate: an operation without a model is unavailable", async () => {
  const asked = provider("http://provider.test").create({ ...request, operation: "upscale" });
  await assert.rejects(asked, { code: "provider_unavailable", transient: false });
});

for (
  const [error, failure] of [
    ["person_not_found: No person can be seen.", {
      code: "person_not_found",
      message: "No person can be seen.",
    }],
    ["CUDA out of memory", { code: "prediction_failed", message: "CUDA out of memory" }],
  ] as const
) {
  Deno.test(`Replicate: the failure "${error}" has the code ${failure.code}`, async () => {
    await using fake = new FakeProvider(() => Response.json({ id: "p1", status: "failed", error }));
    assert.deepEqual(await provider(fake.url).get("p1"), { id: "p1", state: "failed", failure });
  });
}

for (
  const [status, transient] of [[429, true], [500, true], [503, true], [401, false], [
    422,
    false,
  ]] as const
) {
  Deno.test(`Replicate: ${status} is ${transient ? "transient" : "permanent"}`, async () => {
    await using fake = new FakeProvider(() =>
      new Response(null, { status, headers: { "retry-after": "7" } })
    );
    await assert.rejects(provider(fake.url).create(request), {
      name: "ProviderError",
      transient,
      retryAfterSeconds: 7,
    });
  });
}

Deno.test("Replicate: nobody listening is transient", async () => {
  const fake = new FakeProvider(() => Response.json({}));
  await fake[Symbol.asyncDispose]();
  await assert.rejects(provider(fake.url).create(request), {
    code: "provider_unavailable",
    transient: true,
  });
});

Deno.test("Replicate: cancelling what has ended is no error", async () => {
  await using fake = new FakeProvider(() => new Response(null, { status: 404 }));
  await provider(fake.url).cancel("p1");
});

/** A delivery as Replicate signs it, with one thing changed by `tamper`. */
async function delivery(tamper: { body?: string; at?: Date; prediction?: string } = {}) {
  const one = provider("http://provider.test");
  const body = JSON.stringify({ ...succeeded, output: "https://x/r.png" });
  const at = tamper.at ?? new Date();
  const signature = new Webhook(webhookSecret).sign("msg_1", at, body);
  const url = new URL(await one.webhookUrlFor("http://x/prediction-webhook", "our-id"));
  if (tamper.prediction) url.searchParams.set("prediction", tamper.prediction);
  const headers = new Headers({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signature,
  });
  return { url, headers, rawBody: new TextEncoder().encode(tamper.body ?? body) };
}

Deno.test("Replicate: a signed webhook says how our prediction stands", async () => {
  const news = await provider("http://provider.test").readWebhook(await delivery());
  assert.equal(news.predictionId, "our-id");
  assert.equal(news.prediction.output?.image, "https://x/r.png");
});

const forgeries: [string, Parameters<typeof delivery>[0]][] = [
  ["a changed body", { body: JSON.stringify({ ...succeeded, output: "https://evil/r.png" }) }],
  ["an old timestamp", { at: new Date(Date.now() - 6 * 60_000) }],
  ["another prediction's id", { prediction: "another-id" }],
];
for (const [name, tamper] of forgeries) {
  Deno.test(`Replicate: a webhook with ${name} is refused`, async () => {
    await assert.rejects(provider("http://provider.test").readWebhook(await delivery(tamper)), {
      status: 400,
      code: "invalid_signature",
    });
  });
}
