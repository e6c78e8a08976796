import type { Json } from "../../database/types.ts";
import { FeedFailure, type FeedRow, maxRowLength, unreadableRow } from "./feed_row.ts";
import { linesOf } from "./feed_text.ts";

/**
 * The rows of a JSON text: one array of objects, or an object a line. Each object is parsed by
 * itself, so that a bad one spoils itself only.
 *
 * @throws FeedFailure when an array does not end.
 */
export async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<FeedRow[]> {
  let reader: ArrayReader | LineReader | undefined;
  let blank = 0;
  for await (const lines of linesOf(text)) {
    const first = lines.find((line) => line.trim() !== "");
    if (!reader && first === undefined) {
      blank += lines.length;
      continue;
    }
    reader ??= first?.trimStart().startsWith("[") ? new ArrayReader(blank) : new LineReader(blank);
    yield reader.take(lines);
  }
  if (!reader) throw new FeedFailure("empty_feed", "The feed is empty.");
  reader.end();
}

class LineReader {
  #line: number;

  constructor(lines: number) {
    this.#line = lines;
  }

  end(): void {}

  take(lines: string[]): FeedRow[] {
    return lines.flatMap((text) => {
      this.#line++;
      return text.trim() === "" ? [] : [rowOf(this.#line, text)];
    });
  }
}

/** Finds the objects of an array by counting braces outside strings. */
class ArrayReader {
  #line: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #closed = false;
  /** The object that is open, and the line it begins on. */
  #open = "";
  #openLine = 0;

  constructor(lines: number) {
    this.#line = lines;
  }

  take(lines: string[]): FeedRow[] {
    const rows: FeedRow[] = [];
    for (const line of lines) {
      this.#line++;
      let from = this.#depth > 0 ? 0 : -1;
      for (let i = 0; i < line.length; i++) {
        const character = line[i] ?? "";
        if (this.#depth === 0) {
          if (character === "{") {
            [from, this.#depth, this.#openLine, this.#open] = [i, 1, this.#line, ""];
          } else this.#between(character);
        } else if (this.#closes(character)) {
          rows.push(rowOf(this.#openLine, this.#open + line.slice(from, i + 1)));
          from = -1;
        }
      }
      if (from >= 0) this.#open += `${line.slice(from)}\n`;
      if (this.#open.length > 2 * maxRowLength) throw this.#broken();
    }
    return rows;
  }

  end(): void {
    if (!this.#closed) throw this.#broken();
  }

  #between(character: string): void {
    if (this.#closed ? /\S/.test(character) : !/[\s[\],]/.test(character)) throw this.#broken();
    if (character === "]") this.#closed = true;
  }

  /** Follows one character inside an object; true when it ends the object. */
  #closes(character: string): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === "\\") this.#escaped = true;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = true;
    else if (character === "{") this.#depth++;
    else if (character === "}") this.#depth--;
    return this.#depth === 0;
  }

  #broken(): FeedFailure {
    const line = this.#depth > 0 ? this.#openLine : this.#line;
    return new FeedFailure("malformed_feed", `The array is not JSON from line ${line} on.`);
  }
}

function rowOf(line: number, text: string): FeedRow {
  if (text.length > maxRowLength) {
    return unreadableRow(line, "row_too_long", `A row may have ${maxRowLength} characters.`);
  }
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadableRow(line, "malformed_row", "This row is not valid JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return unreadableRow(line, "malformed_row", "A row is a JSON object.");
  }
  return { line, columns: value as Record<string, Json> };
}
