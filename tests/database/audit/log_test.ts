import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

Deno.test("M-32: the log is append-only, for its owner too", async (t) => {
  await using kernel = await Kernel.open();
  await kernel.sql`select audit.record('test.done', 'test:1')`;
  for (
    const attack of [
      "update audit.log set action = 'a.b'",
      "delete from audit.log",
      "truncate audit.log",
    ]
  ) {
    await t.step(attack, () => assert.rejects(kernel.sql.unsafe(attack), /append-only/));
  }
});

Deno.test("the log says who acted, in which role, for which request", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`select billing.publish_price('acme', 'basic', 'USD', 500, 50)`;
  const user = await kernel.user();
  await kernel.as("authenticated", user, async (tx) => {
    await tx`select set_config('request.headers', '{"x-request-id": "req-7"}', true)`;
    await tx`select api.open_invoice('acme', 'basic', 'k')`;
  });
  const rows = await kernel.sql`
    select actor, actor_role, action, subject, request_id from audit.log
    where subject ~ '^(offer:acme/|invoice:)' order by id`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    {
      actor: null,
      actor_role: "postgres",
      action: "price.published",
      subject: "offer:acme/basic",
      request_id: null,
    },
    {
      actor: user,
      actor_role: "authenticated",
      action: "invoice.opened",
      subject: rows[1]!.subject,
      request_id: "req-7",
    },
  ]);
  assert.match(rows[1]!.subject, /^invoice:INV-\d{4}-\d{6}$/);
});

Deno.test("a request id that is too long is cut, not refused", async () => {
  await using kernel = await Kernel.open();
  const [row] = await kernel.as("service_role", null, async (tx) => {
    await tx`select set_config('request.id', ${"x".repeat(1000)}, true)`;
    return await tx`select length(private.request_id()) as length`;
  });
  assert.equal(row!.length, 128);
});
