import assert from "node:assert/strict";
import { callJson, newUser } from "../harness/platform.ts";
import { freshKey, userWithCredits } from "./people.ts";
import { mailsTo, mailTo } from "./mailbox.ts";

Deno.test("who falls below the threshold gets one mail, however much is spent after that", async () => {
  const user = await userWithCredits(12);
  for (const amount of [1, 2, 1, 1]) {
    const { status } = await callJson("credit-debit", {
      caller: "secret",
      key: freshKey(),
      body: { product: "modera", holder: user.id, amount },
    });
    assert.equal(status, 200);
  }
  const [mail] = await mailsTo(user.email);
  assert.equal(mail?.subject, "You have 9 credits left");
  assert.equal((await mailTo(user.email)).length, 1);
});

Deno.test("people set their own threshold, and nobody else's", async () => {
  const user = await newUser();
  const set = (threshold: number | null) =>
    user.client.schema("api").rpc("set_low_balance_alert", { product: "modera", threshold });
  assert.deepEqual((await set(3)).data, { threshold: 3 });
  assert.deepEqual((await set(0)).data, { threshold: 0 });
  assert.deepEqual((await set(null)).data, { threshold: 10 });
  assert.equal((await set(-1)).error?.message, "invalid_amount");
});
