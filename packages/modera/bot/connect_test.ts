import assert from "node:assert/strict";
import { telegramClient } from "../../telegram/client.ts";
import { FakeBotApi } from "../../telegram/fake_bot_api.ts";
import { connectBot } from "./connect.ts";
import { commandNames } from "./texts.ts";

Deno.test("Telegram is told the webhook, its secret and the commands in both languages", async () => {
  await using fake = new FakeBotApi("100:token");
  const telegram = telegramClient({ token: "100:token", apiUrl: fake.url });
  await connectBot(telegram, "https://example.com/functions/v1/telegram-webhook", "a-secret");
  const [webhook, ...commands] = fake.calls;
  assert.deepEqual(webhook?.payload, {
    url: "https://example.com/functions/v1/telegram-webhook",
    secret_token: "a-secret",
    allowed_updates: ["message", "callback_query", "my_chat_member", "pre_checkout_query"],
  });
  assert.deepEqual(commands.map(({ payload }) => payload["language_code"]), [undefined, "ru"]);
  for (const { payload } of commands) {
    const named = payload["commands"] as { command: string; description: string }[];
    assert.deepEqual(named.map(({ command }) => command), [...commandNames]);
    // What Telegram takes: https://core.telegram.org/bots/api#botcommand
    assert.ok(
      named.every(({ command, description }) =>
        /^[a-z0-9_]{1,32}$/.test(command) && description.length <= 256
      ),
    );
  }
});
