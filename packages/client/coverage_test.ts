import assert from "node:assert/strict";
import { createTesseraClient } from "./mod.ts";
import { operations } from "./operations.ts";

/** Called by providers, which sign, and by the clock of the database: nobody's client calls these. */
const callersOfTheirOwn = ["providers", "clock"];

interface DescribedOperation {
  operationId: string;
  tags: string[];
  responses: Record<string, unknown>;
}

interface Description {
  paths: Record<string, Record<string, DescribedOperation>>;
}

const description: Description = JSON.parse(
  await Deno.readTextFile(new URL("../../docs/openapi.json", import.meta.url)),
);

/** Every method of a client, in whatever group, called with nothing in particular. */
async function callEverything(group: object): Promise<void> {
  for (const [name, member] of Object.entries(group)) {
    if (name === "call") continue;
    if (typeof member === "object") await callEverything(member);
    else {
      const called = member("x");
      await (Symbol.asyncIterator in Object(called) ? called.next() : called);
    }
  }
}

Deno.test("the client has a method for every operation of every function", async () => {
  const called = new Set<string>();
  const asked = (method: string, path: string) => {
    const found = Object.entries(operations).find(([, facts]) =>
      facts.method === method &&
      new RegExp(`^${facts.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path)
    );
    if (found) called.add(found[0]);
  };
  const client = createTesseraClient({
    url: "https://project.example.com",
    secretKey: "sb_secret_1",
    accessToken: "token",
    retries: 0,
    fetch: (input, init) => {
      const path = new URL(String(input)).pathname.replace("/functions/v1/", "");
      asked(init?.method ?? "GET", path);
      return Promise.resolve(Response.json({ status: "completed", state: "ready" }));
    },
  });
  await callEverything(client);
  const described = Object.values(description.paths).flatMap((methods) => Object.values(methods))
    .filter(({ tags }) => !tags.some((tag) => callersOfTheirOwn.includes(tag)))
    // A link that browsers follow is no method: the client is told the link.
    .filter(({ responses }) => Object.keys(responses).some((status) => status.startsWith("2")))
    .map(({ operationId }) => operationId);
  assert.deepEqual(described.filter((name) => !called.has(name)), []);
  assert.deepEqual(Object.keys(operations).sort(), described.sort());
});
