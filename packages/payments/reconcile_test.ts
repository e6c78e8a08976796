import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { attempt } from "../jobs/fakes.ts";
import { FakeStripe } from "./fake_stripe.ts";
import { reconcileHandler } from "./reconcile.ts";

const event = (id: string) => ({
  id,
  object: "event",
  type: "checkout.session.expired",
  created: 1,
  data: { object: { id: `cs_${id}` } },
});

/** Two pages of events, the newest first. */
function history(): FakeStripe {
  return new FakeStripe(({ path }) =>
    path.includes("starting_after=evt_3")
      ? { body: { object: "list", data: [event("evt_2"), event("evt_1")], has_more: false } }
      : { body: { object: "list", data: [event("evt_4"), event("evt_3")], has_more: true } }
  );
}

async function run(stripe: FakeStripe, progress: Json, signal = new AbortController().signal) {
  const database = fakeDatabase({
    apply_payment_event: ({ event_id }) => ({
      outcome: event_id === "evt_2" ? "applied" : "duplicate",
    }),
    queue_stale_subscriptions: () => 0,
  });
  const reported: Json[] = [];
  const result = await attempt(reconcileHandler(stripe.client), { progress }, {
    service: database.as(serviceCaller),
    signal,
    report: (cursor) => Promise.resolve(void reported.push(cursor)),
  });
  return {
    result,
    reported,
    applied: database.calls.flatMap(({ args }) => args["event_id"] ?? []),
  };
}

Deno.test("every event of the last days is offered to the inbox; the missed ones count", async () => {
  await using stripe = history();
  const { result, reported, applied } = await run(stripe, null);
  assert.deepEqual(result, { done: { seen: 4, missed: 1 } });
  assert.deepEqual(applied, ["evt_3", "evt_4", "evt_1", "evt_2"]);
  assert.deepEqual(reported, [{ starting_after: "evt_3" }]);
});

Deno.test("a run that was cut short goes on at its cursor", async () => {
  await using stripe = history();
  const first = await run(stripe, null, AbortSignal.abort());
  assert.ok("retry" in first.result);
  const second = await run(stripe, first.reported.at(-1) ?? null);
  assert.deepEqual(second.applied, ["evt_1", "evt_2"]);
});
