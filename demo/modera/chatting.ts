import assert from "node:assert/strict";
import { createTesseraClient } from "../../packages/client/mod.ts";
import { Chat, firstLine } from "./chat.ts";
import { done } from "../guest.ts";
import type { Cast } from "./scenario.ts";

/** The same shop as a Telegram bot: commands, Stars, photos and the Mini App. */
export async function chatting(cast: Cast): Promise<void> {
  const { step, chat } = cast;
  for (const command of ["/start", "/balance", "/buy"]) {
    await step(command, async () => [undefined, firstLine(await chat.says(command))]);
  }
  await step("/start, in Russian", async () => {
    const other = new Chat(cast, 7_000_000_002, "ru");
    return [undefined, firstLine(await other.says("/start"))];
  });
  await payWithStars(cast);
  await sendPhotos(cast);
  await openMiniApp(cast);
}

async function payWithStars({ step, chat }: Cast): Promise<void> {
  const { invoice, stars } = await step("An invoice in Stars", async () => {
    const { method, payload } = await chat.taps("stars:basic");
    assert.equal(method, "sendInvoice");
    const [price] = payload["prices"] as { amount: number }[];
    const stars = price?.amount ?? 0;
    return [{ invoice: String(payload["payload"]), stars }, `${payload["title"]}: ${stars} Stars`];
  });
  await step("Telegram asks whether it may be paid", async () => {
    const cheap = await chat.maySpend(invoice, 1);
    const whole = await chat.maySpend(invoice, stars);
    assert.deepEqual([cheap.ok, whole.ok], [false, true]);
    return [undefined, `1 Star: ${cheap.error_message} ${stars} Stars: yes`];
  });
  await step("It is paid, and told twice", async () => {
    const charge = crypto.randomUUID();
    const receipt = await chat.answerTo(chat.paid(invoice, stars, charge));
    await chat.post(chat.paid(invoice, stars, charge));
    const balance = firstLine(await chat.says("/balance"));
    assert.match(balance, /50 credits/);
    return [undefined, `${firstLine(receipt)}; ${balance}`];
  });
}

async function sendPhotos({ step, chat, root, out }: Cast): Promise<void> {
  const begun = await step("/tryon asks for consent, then for two photos", async () => {
    await chat.says("/tryon");
    await chat.taps("consent");
    await chat.sends(`${root}/demo/person.png`);
    const answer = await chat.sends(`${root}/demo/garment.png`);
    return [answer, firstLine(answer)];
  });
  await step("The picture comes into the chat", async () => {
    const sent = await chat.after(begun);
    const [picture] = Object.values(sent.files);
    assert.ok(sent.method === "sendPhoto" && picture);
    await Deno.writeFile(`${out}/modera-telegram.png`, picture);
    return [undefined, firstLine(sent)];
  });
  await step("/style asks for one photo", async () => {
    await chat.says("/style");
    const answer = await chat.sends(`${root}/demo/person.png`);
    return [undefined, firstLine(await chat.after(answer))];
  });
  await step("A photo of nobody fails, and costs nothing", async () => {
    const before = firstLine(await chat.says("/balance"));
    await chat.says("/style");
    const answer = await chat.sends(`${root}/demo/landscape.png`);
    const { payload: { text } } = await chat.after(answer);
    const [, , reason] = String(text).split("\n");
    assert.equal(firstLine(await chat.says("/balance")), before);
    return [undefined, `${reason} ${before}`];
  });
}

async function openMiniApp(cast: Cast): Promise<void> {
  const { step, chat, robinsChat, platform, robin } = cast;
  const { telegram } = createTesseraClient({
    url: platform.api_url,
    publishableKey: platform.publishable_key,
  });
  await step("The Mini App signs the same person in", async () => {
    const forged = await telegram.signIn(await chat.initData("100:another bot's"));
    const initData = await chat.initData();
    const session = done(await telegram.signIn(initData));
    const again = await telegram.signIn(initData);
    assert.equal(session.user_id, await chat.userId());
    assert.deepEqual([forged.error?.status, again.error?.status], [401, 401]);
    return [
      undefined,
      `${session.user_id}; forged: ${forged.error?.code}, again: ${again.error?.code}`,
    ];
  });
  await step("Robin, of the e-mail, links a Telegram account, once", async () => {
    done(await robin.tessera.telegram.link(await robinsChat.initData()));
    assert.equal(await robinsChat.userId(), robin.id);
    const second = await robin.tessera.telegram.link(
      await new Chat(cast, 7_000_000_004).initData(),
    );
    const balance = firstLine(await robinsChat.says("/balance"));
    return [undefined, `${balance} A second account: ${second.error?.code}`];
  });
}
