import assert from "node:assert/strict";
import { sign } from "@telegram-apps/init-data-node/web";
import type postgres from "postgres";
import type { BotCall, FakeBotApi } from "../../packages/telegram/fake_bot_api.ts";
import { until } from "../until.ts";
import type { Stage } from "../stage.ts";

/** Ids of updates and messages grow over all chats. */
let lastId = 1_000;

/** What a chat needs of the stage. */
interface Room {
  platform: Stage["platform"];
  bot: FakeBotApi;
  sql: postgres.Sql;
}

/** Somebody's own chat with the bot: what they do reaches the webhook as Telegram posts it. */
export class Chat {
  readonly #person: { id: number; first_name: string; username: string; language_code: string };

  constructor(readonly cast: Room, readonly id: number, language_code = "en") {
    this.#person = { id, first_name: "Robin", username: `robin${id}`, language_code };
  }

  /** Posts an update, and waits until it is taken. */
  async post(update: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.cast.platform.functions_url}/telegram-webhook`, {
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

  /** Posts an update, and waits for the bot's next word. */
  async answerTo(update: Record<string, unknown>): Promise<BotCall> {
    const last = this.#heard().at(-1);
    await this.post(update);
    return await this.after(last);
  }

  /** What the bot says next after it said something, once it does. */
  async after(said: BotCall | undefined): Promise<BotCall> {
    const before = said ? this.#heard().indexOf(said) + 1 : 0;
    await until(
      "the bot's answer",
      () => Promise.resolve(this.#heard().length),
      (count) => count > before,
    );
    return this.#heard()[before]!;
  }

  /** The first line of what the bot says about something, once it has. */
  async heardOf(what: RegExp): Promise<string> {
    const found = await until(
      `a word about ${what}`,
      () => Promise.resolve(this.#heard().map(firstLine).find((line) => what.test(line))),
      (line) => line !== undefined,
    );
    return found ?? "";
  }

  says(text: string): Promise<BotCall> {
    return this.answerTo({ message: this.message({ text }) });
  }

  /** Presses a button below a message of the bot. */
  taps(data: string): Promise<BotCall> {
    const message = this.message({ text: "…" });
    return this.answerTo({
      callback_query: { id: String(++lastId), from: this.#person, message, data },
    });
  }

  async sends(file: string): Promise<BotCall> {
    const file_id = crypto.randomUUID();
    const bytes = await Deno.readFile(file);
    this.cast.bot.files.set(file_id, bytes);
    const size = { file_id, file_unique_id: file_id, width: 1000, height: 1300 };
    return await this.answerTo({
      message: this.message({ photo: [{ ...size, file_size: bytes.length }] }),
    });
  }

  /** Telegram asks whether an invoice may be paid; whether the bot agrees, and why not. */
  async maySpend(invoice: string, stars: number): Promise<{ ok: boolean; error_message?: string }> {
    const id = String(++lastId);
    const from = { ...this.#person, is_bot: false };
    await this.post({
      pre_checkout_query: {
        id,
        from,
        currency: "XTR",
        total_amount: stars,
        invoice_payload: invoice,
      },
    });
    const answer = this.cast.bot.calls.find(({ method, payload }) =>
      method === "answerPreCheckoutQuery" && payload["pre_checkout_query_id"] === id
    );
    return answer?.payload as { ok: boolean; error_message?: string };
  }

  /** What Telegram posts when an invoice has been paid. */
  paid(invoice: string, stars: number, charge: string): Record<string, unknown> {
    const successful_payment = {
      currency: "XTR",
      total_amount: stars,
      invoice_payload: invoice,
      telegram_payment_charge_id: charge,
      provider_payment_charge_id: "",
    };
    return { message: this.message({ successful_payment }) };
  }

  /** What Telegram hands the Mini App that this person opens, signed by the bot of `token`. */
  async initData(token = "100:local"): Promise<string> {
    const data = { user: this.#person, query_id: crypto.randomUUID() };
    return await sign(data, token, new Date());
  }

  /** Whose user of Auth this person is. */
  async userId(): Promise<string> {
    const [profile] = await this.cast
      .sql`select auth_user_id as id from modera.profiles where telegram_id = ${this.id}`;
    return profile!["id"];
  }

  message(content: Record<string, unknown>) {
    return {
      message_id: ++lastId,
      date: Math.floor(Date.now() / 1000),
      from: { ...this.#person, is_bot: false },
      chat: { id: this.id, type: "private", first_name: this.#person.first_name },
      ...content,
    };
  }

  #heard(): BotCall[] {
    return this.cast.bot.sentTo(this.id);
  }
}

/** The first line of what the bot said. */
export function firstLine({ payload }: BotCall): string {
  return String(payload["text"] ?? payload["caption"] ?? "").split("\n")[0] ?? "";
}
