import assert from "node:assert/strict";
import { providerFromEnv, providerNamed } from "./provider_from_env.ts";

const both = {
  PREDICTION_PROVIDER: "fashn",
  FASHN_API_KEY: "k",
  FASHN_WEBHOOK_SECRET: "s",
  REPLICATE_API_TOKEN: "t",
  REPLICATE_WEBHOOK_SECRET: "whsec_c2VjcmV0",
};
const chosen = (operation: string, settings: Record<string, string>) =>
  providerFromEnv(operation, (name) => settings[name]).name;
const unavailable = { name: "ProviderError", code: "provider_unavailable", transient: false };

Deno.test("an operation may have a provider of its own", () => {
  assert.equal(chosen("try-on", both), "fashn");
  const settings = { ...both, STYLE_ANALYSIS_PROVIDER: "replicate" };
  assert.equal(chosen("style-analysis", settings), "replicate");
  assert.equal(chosen("try-on", settings), "fashn");
});

Deno.test("a provider that does not do an operation is none", () => {
  assert.throws(() => chosen("style-analysis", both), unavailable);
});

for (
  const [name, settings] of [
    ["nothing", {}],
    ["an unknown name", { ...both, PREDICTION_PROVIDER: "aws" }],
    ["a provider without its key", { PREDICTION_PROVIDER: "replicate" }],
  ] as const
) {
  Deno.test(`${name} is no choice`, () => {
    assert.throws(() => chosen("try-on", settings), unavailable);
  });
}

Deno.test("a provider is found by the name that rows carry", () => {
  const named = (name: string) =>
    providerNamed(name, (setting) => both[setting as keyof typeof both]);
  assert.deepEqual([named("fashn")?.name, named("replicate")?.name, named("aws")], [
    "fashn",
    "replicate",
    undefined,
  ]);
});
