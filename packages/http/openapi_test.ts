import assert from "node:assert/strict";
import { z } from "zod";
import { createApp } from "./app.ts";
import { fakeDatabase, keptLog } from "./fakes.ts";
import { describeRoutes } from "./openapi.ts";
import { route } from "./route.ts";

Deno.test("the description is made of the schemas that validate", () => {
  const orders = createApp({
    slug: "orders",
    database: fakeDatabase(),
    log: keptLog().log,
    routes: [
      route({
        method: "POST",
        path: "/:id",
        auth: "user",
        summary: "Places an order.",
        idempotent: true,
        params: z.strictObject({ id: z.uuid() }),
        query: z.strictObject({ dry: z.enum(["yes", "no"]).optional() }),
        body: z.strictObject({ amount: z.int().positive() }),
        answers: { 201: z.object({ order_id: z.uuid() }) },
        handle: () => Promise.resolve({ status: 201 }),
      }),
    ],
  });
  const document = describeRoutes([orders], "https://x.example.com/functions/v1");
  const paths = document["paths"] as Record<string, Record<string, Record<string, unknown>>>;
  const post = paths["/orders/{id}"]?.["post"];
  assert.ok(post);
  const parameters = post["parameters"] as { name: string; in: string; required: boolean }[];
  assert.deepEqual(parameters.map((p) => [p.name, p.in, p.required]), [
    ["Idempotency-Key", "header", true],
    ["id", "path", true],
    ["dry", "query", false],
  ]);
  assert.match(JSON.stringify(post["requestBody"]), /"additionalProperties":false/);
  assert.match(JSON.stringify(post["responses"]), /order_id/);
});
