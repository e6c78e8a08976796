import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase } from "../harness/platform.ts";
import { FittingRoom, startTryOn } from "./fitting_room.ts";
import { freshKey, userWithCredits } from "./people.ts";

/** A trace of a caller's own, sampled. */
function trace() {
  const id = crypto.randomUUID().replaceAll("-", "");
  return { id, traceparent: `00-${id}-00f067aa0ba902b7-01` };
}

Deno.test("an answer names its span of the caller's trace", async () => {
  const { id, traceparent } = trace();
  const { headers } = await callJson("credit-balance", { headers: { traceparent } });
  assert.match(headers.get("traceparent") ?? "", new RegExp(`^00-${id}-[0-9a-f]{16}-01$`));
  assert.notEqual(headers.get("traceparent"), traceparent);
});

Deno.test("the audit log names the request, on both adapters", async () => {
  const body = { product: "modera", offer: "basic", currency: "USD" };
  const opened = await callJson<{ number: string }>("checkout", {
    caller: await newUser(),
    key: freshKey(),
    headers: { "x-request-id": `request-${freshKey()}` },
    body,
  });
  assert.equal(opened.status, 201);
  await using sql = Object.assign(platformDatabase(), {
    [Symbol.asyncDispose]: () => sql.end(),
  });
  const [row] = await sql`
    select request_id from audit.log
    where action = 'invoice.opened' and subject = ${`invoice:${opened.body.number}`}`;
  assert.equal(row?.["request_id"], opened.headers.get("x-request-id"));
});

Deno.test("a trace goes through the job to the provider and comes back with its webhook", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(3);
  const { id, traceparent } = trace();
  const started = await startTryOn(user, { headers: { traceparent } });
  assert.equal(started.status, 202);
  const [asked] = await eventually(() => Promise.resolve(room.asked), (all) => all.length > 0);
  assert.equal(traceOf(new URL(asked!.webhook).searchParams.get("traceparent")), id);
  room.end(asked!, { output: [room.picture] });
  const told = await room.tell(asked!);
  await told.body?.cancel();
  assert.equal(traceOf(told.headers.get("traceparent")), id);
});

function traceOf(traceparent: string | null): string | undefined {
  return traceparent?.split("-")[1];
}
