import { sign } from "@telegram-apps/init-data-node/web";
import assert from "node:assert/strict";
import { Problem } from "../http/problem.ts";
import { maxAgeSeconds, verifyInitData } from "./init_data.ts";

const token = "100:token-of-a-test";
const user = { id: 279058397, first_name: "Ada", username: "ada", language_code: "ru" };
const now = Date.UTC(2026, 0, 2);

const signed = (more: Record<string, unknown> = {}, at = now, key = token) =>
  sign({ user, ...more }, key, new Date(at));

async function codeOf(initData: string): Promise<string> {
  const raised = await verifyInitData(initData, token, now).catch((error) => error);
  assert.ok(raised instanceof Problem, Deno.inspect(raised));
  assert.equal(raised.status, 401);
  return raised.code;
}

Deno.test("genuine initData says who the person is, and until when it is good", async () => {
  const { person, proof, expiresAt } = await verifyInitData(await signed(), token, now);
  assert.deepEqual(person, {
    telegram_id: 279058397,
    username: "ada",
    first_name: "Ada",
    last_name: undefined,
    language_code: "ru",
  });
  assert.match(proof, /^[0-9a-f]{64}$/);
  assert.equal(expiresAt.getTime(), now + maxAgeSeconds * 1000);
});

Deno.test("M-02: initData that was changed, or signed for another bot, is nobody's", async () => {
  const genuine = await signed();
  const forged = [
    "",
    "user=%7B%22id%22%3A1%7D",
    genuine.replace("279058397", "279058398"),
    genuine.replace(/hash=[0-9a-f]{8}/, "hash=00000000"),
    genuine.replace(/hash=[0-9a-f]+/, "hash="),
    genuine.replace(/&?hash=[0-9a-f]+/, ""),
    `${genuine}&start_param=x`,
    await signed({}, now, "100:another-token"),
  ];
  for (const initData of forged) assert.equal(await codeOf(initData), "init_data_invalid");
});

Deno.test("what can be read in two ways is refused, signed or not", async () => {
  const genuine = await signed();
  const other = encodeURIComponent(JSON.stringify({ id: 1, first_name: "Eve" }));
  assert.equal(await codeOf(`${genuine}&user=${other}`), "init_data_invalid");
  assert.equal(await codeOf(await signed({ start_param: "a\nuser={}" })), "init_data_invalid");
});

Deno.test("initData of a bot, of nobody and of the future are refused", async () => {
  assert.equal(await codeOf(await signed({ user: undefined })), "init_data_invalid");
  assert.equal(
    await codeOf(await signed({ user: { ...user, is_bot: true } })),
    "init_data_invalid",
  );
  assert.equal(await codeOf(await signed({}, now + 61_000)), "init_data_invalid");
  await verifyInitData(await signed({}, now + 59_000), token, now);
});

Deno.test("M-02: initData is good for an hour", async () => {
  const hour = maxAgeSeconds * 1000;
  await verifyInitData(await signed({}, now - hour + 1000), token, now);
  assert.equal(await codeOf(await signed({}, now - hour)), "init_data_expired");
});
