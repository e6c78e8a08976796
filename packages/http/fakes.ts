import type { Caller, Database, Session } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { createLogger, type Logger } from "./log.ts";

/** A call that a fake database received. */
export interface RecordedCall {
  caller: Caller;
  name: string;
  args: Record<string, unknown>;
}

/** A database for unit tests: answers calls by function name and keeps what was asked. */
export interface FakeDatabase extends Database {
  readonly calls: RecordedCall[];
}

/** Answers one function; throws to fail. */
export type FakeAnswer = (args: Record<string, unknown>, caller: Caller) => Json | Promise<Json>;

/** A fake database with an answer for each function it knows. */
export function fakeDatabase(answers: Record<string, FakeAnswer> = {}): FakeDatabase {
  const calls: RecordedCall[] = [];
  const as = (caller: Caller): Session => ({
    marked: () => as(caller),
    async rpc(_schema, name, args) {
      calls.push({ caller, name, args: { ...args } });
      const answer = answers[name];
      if (!answer) throw new Error(`The fake database does not know ${name}.`);
      return await answer({ ...args }, caller);
    },
  });
  return { as, calls, close: () => Promise.resolve() };
}

/** A logger that keeps its lines. */
export function keptLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { log: createLogger((line) => lines.push(JSON.parse(line))), lines };
}
