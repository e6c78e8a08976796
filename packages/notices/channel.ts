import type { Session } from "../database/database.ts";
import type { Message } from "./message.ts";
import type { Reader } from "./reader.ts";

/** What a channel is given to send. */
export interface Delivery {
  /** The person's address in this channel. */
  to: string;
  message: Message;
  reader: Reader;
  /** Names the notice, at most 255 characters; the same at each attempt. */
  key: string;
  signal: AbortSignal;
  /** What it is about, and whom it is for. */
  about: { product: string; person: string; topic: string };
  /** The database as the service, for channels that keep a record. */
  service: Session;
}

/** A way to reach people: e-mail, a chat. */
export interface Channel {
  /** As contacts and records name it. */
  name: string;
  /** Whether sending twice with one key reaches the person once. */
  repeatable: boolean;
  /**
   * Sends a message and returns the channel's name for it.
   *
   * @throws Unreachable when this person can never be reached here; NotSent when surely nothing was
   * sent and it may work later. After anything else the message may have been sent.
   */
  send(delivery: Delivery): Promise<string>;
}

/** The person cannot be reached by this channel: no such address, or the chat was left. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Nothing was sent; another attempt may succeed. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}
