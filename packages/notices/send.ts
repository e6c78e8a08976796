import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type JobContext, type JobHandler, PermanentFailure } from "../jobs/job.ts";
import { type Channel, NotSent, Unreachable } from "./channel.ts";
import type { Message } from "./message.ts";
import type { Notice, ProductNotices } from "./notice.ts";
import { type Reader, readerOf } from "./reader.ts";

const jobPayload = z.object({ fact_id: z.int() });

const factShape = z.object({
  fact_id: z.int(),
  key: z.string(),
  topic: z.string(),
  payload: z.json(),
  created_at: z.string(),
}).nullable();

const openedShape = z.object({
  notice_id: z.int(),
  state: z.enum(["open", "sending", "sent", "failed", "uncertain", "skipped"]),
  channel: z.string().nullable(),
  contact: z.object({
    language: z.string(),
    timezone: z.string(),
    addresses: z.record(z.string(), z.string()),
  }).nullable(),
});

type Fact = NonNullable<z.infer<typeof factShape>>;
type Opened = z.infer<typeof openedShape>;

/**
 * `notices.send`, payload `{fact_id}`: tells the people of a fact what its product declared. Each
 * person is told once, whatever crashes: what was sent is recorded, and an attempt whose end is not
 * known is repeated only by a channel that knows repetitions.
 *
 * @param channels gives the channels that there are, by name.
 */
export function noticeSender(
  products: readonly ProductNotices[],
  channels: () => readonly Channel[],
): JobHandler {
  return async (job, context) => {
    const { fact_id } = jobPayload.parse(job.payload);
    const fact = readAnswer(
      factShape,
      await context.service.rpc("api", "read_fact", { fact_id }),
    );
    if (!fact) return { done: { told: 0, reason: "The fact is not kept any more." } };
    const product = products.find(({ product }) => product === productOf(fact));
    const declared = product?.notices.find(({ topic }) => topic === fact.topic);
    if (!product || !declared) return { done: { told: 0 } };
    const notice = readNotice(() => declared.about({ payload: fact.payload, at: fact.created_at }));
    const usable = channels().filter(({ name }) => product.channels.includes(name))
      .toSorted((a, b) => product.channels.indexOf(a.name) - product.channels.indexOf(b.name));
    const teller = new Teller(fact, product.product, usable, context);
    return await teller.tell(notice);
  };
}

/** Tells the people of one fact. */
class Teller {
  constructor(
    readonly fact: Fact,
    readonly product: string,
    readonly channels: readonly Channel[],
    readonly context: JobContext,
  ) {}

  /** Tells each person; who could not be told now is tried again, the others are not told twice. */
  async tell(notice: Notice): Promise<{ done: { told: number } } | { retry: string }> {
    const { service } = this.context;
    const write = await notice.prepare(service);
    if (!write) return { done: { told: 0 } };
    const problems: string[] = [];
    let told = 0;
    for (const person of notice.people) {
      try {
        if (await this.#tellOne(person, write)) told++;
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    return problems.length === 0 ? { done: { told } } : { retry: problems.join(" ") };
  }

  async #tellOne(
    person: string,
    write: (reader: Reader) => Message | null,
  ): Promise<boolean> {
    const args = { fact_id: this.fact.fact_id, product: this.product, person };
    const opened = readAnswer(
      openedShape,
      await this.context.service.rpc("api", "open_notice", args),
    );
    if (opened.state !== "open" && opened.state !== "sending") return opened.state === "sent";
    const reader = readerOf(opened.contact?.language ?? "en", opened.contact?.timezone ?? "UTC");
    const message = write(reader);
    if (message && opened.contact) return await this.#send(person, opened, message, reader);
    const reason = opened.contact ? "nothing to say" : "nobody";
    await this.#conclude(opened, opened.state === "sending" ? "uncertain" : "skipped", reason);
    return false;
  }

  /** Sends by the first channel that reaches the person; one that was begun is the only one. */
  async #send(person: string, opened: Opened, message: Message, reader: Reader): Promise<boolean> {
    const key = await keyOf(this.fact.key, person);
    let reason = "no address";
    for (const channel of this.channels) {
      const to = opened.contact?.addresses[channel.name];
      if (!to || (opened.state === "sending" && opened.channel !== channel.name)) continue;
      const { name, repeatable } = channel;
      const leave = await this.context.service.rpc("api", "start_notice", {
        notice_id: opened.notice_id,
        channel: name,
        repeatable,
      });
      if (!readAnswer(z.object({ send: z.boolean() }), leave).send) return false;
      try {
        const { signal, service } = this.context;
        const about = { product: this.product, person, topic: this.fact.topic };
        const delivery = { to, message, reader, key, signal, about, service };
        const messageId = await channel.send(delivery);
        await this.#conclude(opened, "sent", null, messageId);
        return true;
      } catch (error) {
        if (!(error instanceof Unreachable || error instanceof NotSent)) throw error;
        await this.#conclude(opened, "open", error.message);
        if (error instanceof NotSent) throw error;
        reason = error.message;
      }
    }
    await this.#conclude(opened, opened.state === "sending" ? "uncertain" : "failed", reason);
    return false;
  }

  async #conclude(
    { notice_id }: Opened,
    state: string,
    reason: string | null,
    message_id: string | null = null,
  ): Promise<void> {
    const args = { notice_id, state, reason, message_id };
    await this.context.service.rpc("api", "conclude_notice", args);
  }
}

function productOf(fact: Fact): unknown {
  const { payload } = fact;
  return payload !== null && typeof payload === "object" && !Array.isArray(payload)
    ? payload["product"]
    : undefined;
}

function readNotice(read: () => Notice): Notice {
  try {
    return read();
  } catch (error) {
    throw new PermanentFailure(`The fact is not what was declared: ${error}`);
  }
}

/** The key of a notice: the fact's key and the person, hashed where they are too long together. */
async function keyOf(factKey: string, person: string): Promise<string> {
  const key = `${factKey}/${person}`;
  if (key.length <= 255) return key;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(digest).toHex();
}
