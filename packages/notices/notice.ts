import type { z } from "zod";
import type { Session } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import type { Message } from "./message.ts";
import type { Reader } from "./reader.ts";

/** A published fact. */
export interface Fact<Payload> {
  payload: Payload;
  /** When it happened, ISO 8601. */
  at: string;
}

/** What a product tells people of one topic of facts; `Found` is what the words need besides the fact. */
export interface NoticeDefinition<Payload, Found> {
  topic: string;
  /** What the fact holds, as far as the notice needs it. */
  payload: z.ZodType<Payload>;
  /** Who is told: ids of Auth users. */
  people(payload: Payload): string[];
  /** Asked before writing: null when the fact needs no words after all. */
  find(payload: Payload, service: Session): Promise<Found | null>;
  /** The words, or null when this fact needs none. */
  write(fact: Fact<Payload>, reader: Reader, found: Found): Message | null;
}

/** A notice about one fact, whose payload was read. */
export interface Notice {
  people: string[];
  /** Looks up what the words need; null when the fact needs no words after all. */
  prepare(service: Session): Promise<((reader: Reader) => Message | null) | null>;
}

/** What a product declares for a topic. */
export interface TopicNotice {
  topic: string;
  /** @throws ZodError when the fact is not of the declared form. */
  about(fact: Fact<Json>): Notice;
}

/** All that a product tells people. */
export interface ProductNotices {
  product: string;
  notices: readonly TopicNotice[];
  /** The channels by preference; the first by which a person can be reached is used. */
  channels: readonly string[];
}

/** Declares what is told of a topic by its facts alone. */
export function notice<Payload>(
  definition: Omit<NoticeDefinition<Payload, unknown>, "find">,
): TopicNotice {
  return noticeWith({ ...definition, find: () => Promise.resolve({}) });
}

/** Declares what is told of a topic by its facts and what is looked up for them. */
export function noticeWith<Payload, Found>(
  { topic, payload: shape, people, find, write }: NoticeDefinition<Payload, Found>,
): TopicNotice {
  return {
    topic,
    about(fact) {
      const payload = shape.parse(fact.payload);
      return {
        people: people(payload),
        async prepare(service) {
          const found = await find(payload, service);
          return found === null ? null : (reader) => write({ payload, at: fact.at }, reader, found);
        },
      };
    },
  };
}
