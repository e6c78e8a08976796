import { serviceCaller } from "../database/database.ts";
import { type FakeDatabase, fakeDatabase } from "../http/fakes.ts";
import type { JobResult } from "../jobs/job.ts";
import { attempt } from "../jobs/fakes.ts";
import type { Channel, Delivery } from "./channel.ts";
import { notice } from "./notice.ts";
import { noticeSender } from "./send.ts";
import { z } from "zod";

/** A channel that keeps what it was given, and does with each what it is told to. */
export class FakeChannel implements Channel {
  readonly sent: Delivery[] = [];
  answer: () => Promise<string> = () => Promise.resolve("id");

  constructor(readonly name: string, readonly repeatable = true) {}

  async send(delivery: Delivery): Promise<string> {
    this.sent.push(delivery);
    return await this.answer();
  }
}

/** A person of the fake post: where they can be reached, and in which language. */
export interface FakePerson {
  id: string;
  language?: string;
  addresses?: Record<string, string>;
}

const person = z.object({ people: z.array(z.string()) });

/** The sender with the fact `acme.done` about `people`, and the records that SQL would keep of it. */
export class FakePost {
  readonly states = new Map<string, { state: string; channel: string | null }>();
  readonly database: FakeDatabase;
  readonly #send;

  constructor(readonly people: FakePerson[], readonly channels: Channel[]) {
    this.database = fakeDatabase({
      read_fact: () => ({
        fact_id: 1,
        key: "done:1",
        topic: "acme.done",
        payload: { product: "acme", people: people.map(({ id }) => id) },
        created_at: "2026-01-01T00:00:00Z",
      }),
      open_notice: ({ person: id }) => {
        const index = people.findIndex((known) => known.id === id);
        const { language = "en", addresses } = people[index]!;
        const { state, channel } = this.states.get(String(id)) ?? { state: "open", channel: null };
        const contact = addresses ? { language, timezone: "UTC", addresses } : null;
        return { notice_id: index, state, channel, contact };
      },
      start_notice: ({ notice_id, channel }) => {
        this.#record(notice_id, "sending", channel);
        return { send: true };
      },
      conclude_notice: ({ notice_id, state }) => {
        this.#record(notice_id, String(state));
        return null;
      },
    });
    const done = notice<z.infer<typeof person>>({
      topic: "acme.done",
      payload: person,
      people: ({ people }) => people,
      write: (_fact, { language }) => ({ subject: `Done (${language})`, blocks: [], footer: "" }),
    });
    const product = {
      product: "acme",
      notices: [done],
      channels: channels.map(({ name }) => name),
    };
    this.#send = noticeSender([product], () => channels.toReversed());
  }

  /** Does the job once. */
  work(): Promise<JobResult> {
    const service = this.database.as(serviceCaller);
    return attempt(this.#send, { payload: { fact_id: 1 } }, { service });
  }

  /** What became of each person's notice. */
  state(id: string): string | undefined {
    return this.states.get(id)?.state;
  }

  #record(noticeId: unknown, state: string, channel?: unknown): void {
    const { id } = this.people[Number(noticeId)]!;
    const before = this.states.get(id)?.channel ?? null;
    this.states.set(id, { state, channel: typeof channel === "string" ? channel : before });
  }
}
