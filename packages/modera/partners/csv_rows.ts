import { parse } from "csv-parse/sync";
import { FeedFailure, type FeedRow, maxRowLength, unreadableRow } from "./feed_row.ts";
import { linesOf } from "./feed_text.ts";

/** Lines that one row may go over, in quotes. */
const maxLinesOfRow = 20;

/** Rows that the parser is given at a time. */
const parsedTogether = 500;

/**
 * The rows of a CSV text: the first one names the columns; delimiter comma, semicolon or tab.
 * Quotes that do not close spoil one line: reading goes on with the next.
 *
 * @param required columns that must be there.
 * @throws FeedFailure when the first row is not such a header.
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  required: readonly string[],
): AsyncGenerator<FeedRow[]> {
  let reader: CsvReader | undefined;
  let line = 1;
  for await (const lines of linesOf(text)) {
    while (!reader && lines.length > 0) {
      const header = lines.shift() ?? "";
      line++;
      if (header.trim() !== "") reader = new CsvReader(header, required, line);
    }
    if (reader) yield reader.take(lines);
  }
  if (!reader) throw new FeedFailure("empty_feed", "The feed is empty.");
  yield reader.end();
}

/** The lines of one row, and the number of the first. */
interface RowLines {
  line: number;
  lines: string[];
}

class CsvReader {
  #waiting: string[] = [];
  /** Number of the first line that is waiting. */
  #line: number;
  readonly #delimiter: string;
  readonly #columns: string[];

  constructor(header: string, required: readonly string[], line: number) {
    this.#line = line;
    this.#delimiter = delimiterOf(header);
    this.#columns = this.#columnsOf(header, required);
  }

  /** The rows that are whole with these lines. */
  take(lines: string[]): FeedRow[] {
    this.#waiting.push(...lines);
    return this.#rows(false);
  }

  /** The rows that are left when no more lines come. */
  end(): FeedRow[] {
    return this.#rows(true);
  }

  #rows(atEnd: boolean): FeedRow[] {
    const rows: FeedRow[] = [];
    let records: RowLines[] = [];
    let at = 0;
    while (at < this.#waiting.length) {
      const record = this.#recordAt(at, atEnd);
      if (record === "more") break;
      if (record === "unclosed") {
        rows.push(...this.#parsed(records), this.#malformed(this.#line + at));
        records = [];
        at++;
        continue;
      }
      at += record.lines.length;
      if (record.lines[0]?.trim() === "") continue;
      records.push(record);
      if (records.length < parsedTogether) continue;
      rows.push(...this.#parsed(records));
      records = [];
    }
    rows.push(...this.#parsed(records));
    this.#waiting.splice(0, at);
    this.#line += at;
    return rows;
  }

  /** The lines from `at` until every quote is closed. */
  #recordAt(at: number, atEnd: boolean): RowLines | "more" | "unclosed" {
    let open = false;
    for (let n = 1; n <= maxLinesOfRow; n++) {
      const line = this.#waiting[at + n - 1];
      if (line === undefined) return atEnd ? "unclosed" : "more";
      for (let i = line.indexOf('"'); i >= 0; i = line.indexOf('"', i + 1)) open = !open;
      if (!open) return { line: this.#line + at, lines: this.#waiting.slice(at, at + n) };
    }
    return "unclosed";
  }

  /** Parses records together; when that fails, each by itself, and of a bad one each line. */
  #parsed(records: RowLines[]): FeedRow[] {
    if (records.length === 0) return [];
    const cells = this.#cells(records.flatMap(({ lines }) => lines));
    if (cells?.length === records.length) {
      return records.map(({ line }, i) => this.#row(line, cells[i] ?? []));
    }
    const [record] = records;
    if (records.length > 1) return records.flatMap((each) => this.#parsed([each]));
    if (!record || record.lines.length === 1) return [this.#malformed(record?.line ?? this.#line)];
    return record.lines.flatMap((line, i) =>
      this.#parsed([{ line: record.line + i, lines: [line] }])
    );
  }

  #row(line: number, cells: string[]): FeedRow {
    if (cells.length !== this.#columns.length) {
      const message = `${cells.length} fields, where the header has ${this.#columns.length}.`;
      return unreadableRow(line, "wrong_number_of_fields", message);
    }
    const columns = Object.fromEntries(this.#columns.map((name, i) => [name, cells[i] ?? ""]));
    return { line, columns };
  }

  #malformed(line: number): FeedRow {
    return unreadableRow(line, "malformed_row", "The quotes of this row do not pair.");
  }

  #cells(lines: string[]): string[][] | undefined {
    try {
      return parse(lines.join("\n"), {
        delimiter: this.#delimiter,
        record_delimiter: "\n",
        relax_column_count: true,
        max_record_size: maxRowLength,
      });
    } catch {
      // Whatever the parser has against these lines, they are no row.
      return undefined;
    }
  }

  #columnsOf(header: string, required: readonly string[]): string[] {
    const columns = (this.#cells([header])?.[0] ?? []).map((name) => name.trim().toLowerCase());
    const twice = columns.find((name, i) => name !== "" && columns.indexOf(name) !== i);
    if (twice) throw new FeedFailure("duplicate_column", `The header has ${twice} twice.`);
    const missing = required.filter((name) => !columns.includes(name));
    if (missing.length > 0) {
      throw new FeedFailure("missing_columns", `The header lacks ${missing.join(", ")}.`);
    }
    return columns;
  }
}

function delimiterOf(header: string): string {
  const times = (delimiter: string) => header.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, each) => times(each) > times(best) ? each : best);
}
