import assert from "node:assert/strict";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { z } from "zod";
import { testPlatform } from "../harness/environment.ts";
import { type Caller, callFunction } from "../harness/platform.ts";
import { type Document, type ExampleRequest, requestsOf } from "./api_docs.ts";
import { ExampleWorld } from "./example_world.ts";
import { freshKey } from "./people.ts";

const served = async () => {
  const answer = await callFunction("api-docs");
  return { answer, text: await answer.text() };
};

Deno.test("api-docs is public, cached, and names where the functions are", async () => {
  const { answer, text } = await served();
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.match(answer.headers.get("cache-control") ?? "", /^public, max-age=\d+/);
  const document: Document = JSON.parse(text);
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(document.servers, [{ url: testPlatform().functions_url }]);
  const etag = answer.headers.get("etag") ?? "";
  const again = await callFunction("api-docs", { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, await again.text()], [304, ""]);
});

Deno.test("the description passes the linter without an error or a warning", async () => {
  const config = await createConfig({
    extends: ["recommended-strict"],
    // The embedded platform is on loopback; what redirects has no other answer.
    rules: { "no-server-example.com": "off", "operation-2xx-response": "off" },
  });
  const problems = await lintFromString({ source: (await served()).text, config });
  assert.deepEqual(
    problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    [],
  );
});

Deno.test("every operation has an example for each thing that it needs", async () => {
  const document: Document = JSON.parse((await served()).text);
  const lacking = requestsOf(document)
    .filter(({ operation: { tags } }) => tags[0] !== "providers")
    .filter(({ path, body, operation }) =>
      path.includes("{") || (operation.requestBody?.required && body === undefined) ||
      operation.parameters.some((p) => p.in === "query" && p.required && !p.examples)
    );
  assert.deepEqual(lacking.map(({ operation, example }) => [operation.operationId, example]), []);
});

Deno.test("every example works as it is written, and is answered as described", async (t) => {
  const world = await ExampleWorld.make();
  const document: Document = JSON.parse((await served()).text);
  for (const request of requestsOf(document)) {
    const { operation: { operationId, tags }, example } = request;
    if (tags[0] === "providers") continue;
    await t.step(`${operationId} ${example}`.trim(), async () => {
      await world.prepareFor(operationId);
      await execute(world, request);
    });
  }
});

async function execute(world: ExampleWorld, example: ExampleRequest): Promise<void> {
  const { operation } = example;
  const { path, body } = await world.own({ path: example.path, body: example.body });
  const keyed = operation.parameters.some(({ name }) => name === "Idempotency-Key");
  const answer = await callFunction(path, {
    method: example.method,
    caller: callerOf(world, operation.tags[0]),
    ...(body === undefined ? {} : { body }),
    ...(keyed ? { key: freshKey() } : {}),
  });
  const text = await answer.text();
  // No provider of the tests makes pictures from words, and saying so is right.
  if (operation.operationId === "postGenerate" && answer.status === 503) {
    return assert.equal(JSON.parse(text).code, "provider_unavailable");
  }
  assert.ok(answer.status < 400, `${answer.status} ${text}`);
  const response = operation.responses[String(answer.status)];
  assert.ok(response, `${answer.status} is not described`);
  const [[type, content] = []] = Object.entries(response.content ?? {});
  if (!type || !content) return assert.equal(text, "");
  assert.ok(answer.headers.get("content-type")?.startsWith(type));
  const schema = z.fromJSONSchema(content.schema);
  schema.parse(type === "application/json" ? JSON.parse(text) : text);
}

function callerOf(world: ExampleWorld, tag: string): Caller {
  switch (tag) {
    case "people":
      return world.person;
    case "admins":
      return world.admin;
    case "servers":
      return "secret";
    case "clock":
      return "automations";
    default:
      return "nobody";
  }
}
