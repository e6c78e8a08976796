import assert from "node:assert/strict";
import { callJson, newUser } from "../harness/platform.ts";
import { messageOf, update, webhookSecret } from "./bot.ts";
import { withoutDatabase } from "./database_down.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";
import { deliver, sale, sessionOf, stripeEvent } from "./stripe.ts";
import { newTelegramUser } from "./telegram.ts";

Deno.test("without a database callers are told to come back, and the same key does it once then", async () => {
  const holder = await userWithCredits(5);
  const key = freshKey();
  const debit = () =>
    callJson<ProblemBody>("credit-debit", {
      caller: "secret",
      key,
      body: { product: "modera", holder: holder.id, amount: 2 },
    });
  await withoutDatabase(async () => {
    const { status, headers, body } = await debit();
    assert.deepEqual([status, body.code], [503, "database_unavailable"]);
    assert.ok(Number(headers.get("retry-after")) > 0);
  });
  assert.equal((await debit()).status, 200);
  assert.equal((await debit()).status, 200);
  assert.equal((await balanceOf(holder)).posted, 3);
});

Deno.test("without a database Stripe is told to come back, and the next delivery grants", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const event = stripeEvent("checkout.session.completed", sessionOf(sold));
  await withoutDatabase(async () => {
    const { status, body } = await deliver(event);
    assert.deepEqual([status, body.code], [503, "database_unavailable"]);
  });
  assert.equal((await deliver(event)).status, 200);
  assert.equal((await balanceOf(user)).available, sold.credits);
});

Deno.test("without a database Telegram and partners are told to come back", async () => {
  await withoutDatabase(async () => {
    const told = await callJson<ProblemBody>("telegram-webhook", {
      body: update("message", messageOf(newTelegramUser(), { text: "/start" })),
      headers: { "x-telegram-bot-api-secret-token": webhookSecret },
    });
    assert.deepEqual([told.status, told.body.code], [503, "database_unavailable"]);
    const reported = await callJson<ProblemBody>("partner-postback?partner=shop", {
      body: { type: "purchase" },
      headers: {
        "webhook-id": freshKey(),
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": `v1,${btoa("anything")}`,
      },
    });
    assert.deepEqual([reported.status, reported.body.code], [503, "database_unavailable"]);
  });
});
