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

/** What a product tells people of one topic of facts. */
export interface NoticeDefinition<Payload> {
  topic: string;
  /** What the fact holds, as far as the notice needs it. */
  payload: z.ZodType<Payload>;
  /** Who is told: ids of Auth users. */
  people(payload: Payload): string[];
  /** Asked before writing: false when the fact needs no words after all. */
  wanted?(payload: Payload, service: Session): Promise<boolean>;
  /** The words, or null when this fact needs none. */
  write(fact: Fact<Payload>, reader: Reader): Message | null;
}

/** A notice about one fact, whose payload was read. */
export interface Notice {
  people: string[];
  wanted(service: Session): Promise<boolean>;
  write(reader: Reader): Message | null;
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

/** Declares what is told of a topic. */
export function notice<Payload>(definition: NoticeDefinition<Payload>): TopicNotice {
  const { topic, payload: shape, people, wanted, write } = definition;
  return {
    topic,
    about(fact) {
      const payload = shape.parse(fact.payload);
      return {
        people: people(payload),
        wanted: (service) => wanted?.(payload, service) ?? Promise.resolve(true),
        write: (reader) => write({ payload, at: fact.at }, reader),
      };
    },
  };
}
