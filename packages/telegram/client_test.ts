import assert from "node:assert/strict";
import { GrammyError, HttpError } from "grammy/web";
import { FileTooLarge, isRefused, isUnreachable, neverLeft, telegramClient } from "./client.ts";
import { FakeBotApi } from "./fake_bot_api.ts";

const token = "100:secret-token";

function bot(fake: FakeBotApi, timeoutSeconds = 2) {
  return telegramClient({ token, apiUrl: fake.url, timeoutSeconds });
}

const busy = (retry_after: number) => ({
  error_code: 429,
  description: "Too Many Requests",
  parameters: { retry_after },
});

Deno.test("a short pause that Telegram asks for is kept, and the call made again", async () => {
  await using fake = new FakeBotApi(token);
  const pauses = [0, 0];
  fake.answer("sendMessage", () => {
    const pause = pauses.pop();
    return pause === undefined ? { message_id: 1 } : busy(pause);
  });
  await bot(fake).api.sendMessage(1, "Hello");
  assert.equal(fake.calls.length, 3);
});

Deno.test("a long pause, and a third refusal, are the caller's", async () => {
  await using fake = new FakeBotApi(token);
  const { api } = bot(fake);
  fake.answer("sendMessage", () => busy(60));
  await assert.rejects(api.sendMessage(1, "Hello"), (error) => {
    return error instanceof GrammyError && error.error_code === 429 && !isRefused(error);
  });
  assert.equal(fake.calls.length, 1);
  fake.answer("sendMessage", () => busy(0));
  await assert.rejects(api.sendMessage(1, "Hello"));
  assert.equal(fake.calls.length, 4);
});

Deno.test("a person who blocked the bot is unreachable; a wrong request is refused", async () => {
  await using fake = new FakeBotApi(token);
  const { api } = bot(fake);
  const failing = async (error_code: number, description: string) => {
    fake.answer("sendMessage", () => ({ error_code, description }));
    return await api.sendMessage(1, "Hello").catch((error: unknown) => error);
  };
  assert.ok(isUnreachable(await failing(403, "Forbidden: bot was blocked by the user")));
  assert.ok(isUnreachable(await failing(400, "Bad Request: chat not found")));
  const wrong = await failing(400, "Bad Request: message text is empty");
  assert.deepEqual([isUnreachable(wrong), isRefused(wrong)], [false, true]);
  const down = await failing(502, "Bad Gateway");
  assert.deepEqual([isUnreachable(down), isRefused(down)], [false, false]);
});

Deno.test("a file comes whole, or not at all when it is larger than asked for", async () => {
  await using fake = new FakeBotApi(token);
  const { download } = bot(fake);
  const bytes = crypto.getRandomValues(new Uint8Array(1000));
  fake.files.set("a", bytes);
  assert.deepEqual(await download("a", 1000), bytes);
  await assert.rejects(download("a", 999), FileTooLarge);
  // Telegram need not say how large a file is.
  fake.answer("getFile", () => ({ file_id: "a", file_unique_id: "a", file_path: "photos/a" }));
  await assert.rejects(download("a", 999), FileTooLarge);
  fake.answer("getFile", () => ({ error_code: 400, description: "Bad Request: file is too big" }));
  await assert.rejects(download("a", 1000), FileTooLarge);
});

Deno.test("a file that cannot be had says so without the bot's token", async () => {
  await using fake = new FakeBotApi(token);
  fake.answer("getFile", () => ({ file_id: "a", file_unique_id: "a", file_path: "photos/gone" }));
  await assert.rejects(bot(fake).download("a", 10), (error) => {
    return error instanceof HttpError && !Deno.inspect(error).includes("secret-token");
  });
});

Deno.test("a bot that is not there fails in time, and does not tell its token", async () => {
  const { api } = telegramClient({ token, apiUrl: "http://127.0.0.1:1", timeoutSeconds: 1 });
  await assert.rejects(api.sendMessage(1, "Hello"), (error) => {
    return neverLeft(error) && !Deno.inspect(error).includes("secret-token");
  });
});
