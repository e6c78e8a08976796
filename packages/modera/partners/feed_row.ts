import type { Json } from "../../database/types.ts";

/** Why a row, or one of its fields, was refused. */
export interface RowError {
  /** Where the row begins in the file; the first line is 1. */
  line: number;
  /** The column; empty for the row as a whole. */
  field: string;
  code: string;
  message: string;
}

/** A row as it stands in the file: its columns by name, or why it cannot be read. */
export type FeedRow =
  | { line: number; columns: Record<string, Json> }
  | { line: number; error: RowError };

/** A fault of the feed as a whole, for which no row can be imported. */
export class FeedFailure extends Error {
  override readonly name = "FeedFailure";

  /** @param message one sentence for the admin who asked for the import. */
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** Characters of one row at most. */
export const maxRowLength = 65_536;

/** A row that cannot be read at all. */
export function unreadableRow(line: number, code: string, message: string): FeedRow {
  return { line, error: { line, field: "", code, message } };
}
