import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, restartFunctions } from "../harness/platform.ts";
import { balanceOf, freshKey } from "./people.ts";

/** Runs the job that asks Stripe what we missed, and returns what it found. */
async function reconcile(): Promise<{ seen: number; missed: number }> {
  const sql = platformDatabase();
  try {
    const [job] = await sql`select jobs.enqueue('stripe.reconcile', '{}', ${freshKey()}) as id`;
    const row = await eventually(
      async () => (await sql`select state, result from jobs.queue where id = ${job?.["id"]}`)[0],
      (seen) => seen?.["state"] === "succeeded",
    );
    return row?.["result"];
  } finally {
    await sql.end();
  }
}

Deno.test("X-08: a payment whose webhook never got through is found by asking Stripe", async () => {
  const user = await newUser();
  const { body } = await callJson<{ url: string }>("checkout", {
    caller: user,
    key: freshKey(),
    body: { product: "modera", offer: "basic", currency: "USD" },
  });
  await restartFunctions({ STRIPE_WEBHOOK_SECRET: "whsec_of_somebody_else" });
  try {
    const paid = await fetch(`${body.url}/complete`, { method: "POST", redirect: "manual" });
    await paid.body?.cancel();
    assert.ok(paid.status < 400);
    assert.equal((await balanceOf(user)).available, 0);
    const { missed } = await reconcile();
    assert.ok(missed >= 1);
  } finally {
    await restartFunctions({ STRIPE_WEBHOOK_SECRET: testPlatform().stripe_webhook_secret ?? "" });
  }
  assert.equal((await balanceOf(user)).available, 50);
  assert.equal((await reconcile()).missed, 0);
});
