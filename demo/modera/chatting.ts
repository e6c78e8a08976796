import assert from "node:assert/strict";
import { sign } from "@telegram-apps/init-data-node/web";
import { until } from "../until.ts";
import { done } from "./guest.ts";
import type { Cast } from "./scenario.ts";
import { createTesseraClient } from "../../packages/client/mod.ts";

/** Somebody's Telegram account. */
const account = { id: 7_000_000_001, first_name: "Robin", username: "robin", language_code: "en" };
let lastId = 1_000;

/** What a person does reaches the webhook as Telegram posts it. */
async function post({ platform }: Cast, update: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`${platform.functions_url}/telegram-webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-telegram-bot-api-secret-token": "local",
    },
    body: JSON.stringify({ update_id: ++lastId, ...update }),
  });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
}

function message(content: Record<string, unknown>) {
  return {
    message_id: ++lastId,
    date: Math.floor(Date.now() / 1000),
    from: { ...account, is_bot: false },
    chat: { id: account.id, type: "private", first_name: account.first_name },
    ...content,
  };
}

/** Does something in the chat and waits for the bot's next word. */
async function answered(cast: Cast, update: Record<string, unknown>, count = 1) {
  const { bot } = cast;
  const before = bot.sentTo(account.id).length;
  await post(cast, update);
  const said = await until(
    "the bot's answer",
    () => Promise.resolve(bot.sentTo(account.id)),
    (sent) => sent.length >= before + count,
  );
  return said[before + count - 1]!;
}

const firstLine = (payload: Record<string, unknown>) =>
  String(payload["text"] ?? payload["caption"] ?? "").split("\n")[0] ?? "";

async function photo({ bot }: Cast, file: string) {
  const file_id = crypto.randomUUID();
  const bytes = await Deno.readFile(file);
  bot.files.set(file_id, bytes);
  const size = { file_id, file_unique_id: file_id, width: 1000, height: 1300 };
  return { message: message({ photo: [{ ...size, file_size: bytes.length }] }) };
}

/** The same shop as a Telegram bot: commands, photos, Stars and the Mini App. */
export async function chatting(cast: Cast): Promise<void> {
  const { step, root, out, bot, platform, sql } = cast;
  const says = (text: string) => answered(cast, { message: message({ text }) });
  for (const command of ["/start", "/balance", "/buy"]) {
    await step(command, async () => [undefined, firstLine((await says(command)).payload)]);
  }
  await step("Stars pay in the chat", async () => {
    const [offer] = await sql`
      select o.code, p.amount from billing.prices p join billing.offers o on o.id = p.offer_id
      where o.product = 'modera' and p.currency = 'XTR' and p.retired_at is null order by p.amount limit 1`;
    assert.ok(offer, "no offer is sold for Stars");
    return [undefined, `${offer["code"]} costs ${offer["amount"]} Stars`];
  });
  await step("/tryon asks for consent, then for two photos", async () => {
    await says("/tryon");
    await answered(cast, {
      callback_query: {
        id: String(++lastId),
        from: account,
        message: message({ text: "…" }),
        data: "consent",
      },
    });
    const [profile] =
      await sql`select auth_user_id as id from modera.profiles where telegram_id = ${account.id}`;
    await sql`select ledger.grant_credits('modera', ${profile!["id"]}, 10, 'demo/welcome')`;
    await answered(cast, await photo(cast, `${root}/demo/person.png`));
    const begun = await answered(cast, await photo(cast, `${root}/demo/garment.png`));
    return [undefined, firstLine(begun.payload)];
  });
  await step("The picture comes into the chat", async () => {
    const sent = await until(
      "the picture",
      () => Promise.resolve(bot.sentTo(account.id).find(({ method }) => method === "sendPhoto")),
      (found) => found !== undefined,
    );
    const [picture] = Object.values(sent?.files ?? {});
    if (picture) await Deno.writeFile(`${out}/modera-telegram.png`, picture);
    return [undefined, firstLine(sent?.payload ?? {})];
  });
  await step("The Mini App signs the same person in", async () => {
    const initData = await sign(
      { user: account, query_id: crypto.randomUUID() },
      "100:local",
      new Date(),
    );
    const stranger = createTesseraClient({
      url: platform.api_url,
      publishableKey: platform.publishable_key,
    });
    const session = done(await stranger.telegram.signIn(initData));
    const [profile] =
      await sql`select auth_user_id as id from modera.profiles where telegram_id = ${account.id}`;
    assert.equal(session.user_id, profile!["id"]);
    return [undefined, session.user_id];
  });
}
