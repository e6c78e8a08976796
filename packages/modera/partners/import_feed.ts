import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Session } from "../../database/database.ts";
import type { Json } from "../../database/types.ts";
import type { JobContext, JobHandler, JobResult } from "../../jobs/job.ts";
import { type Storage, storageProblem } from "../../storage/storage.ts";
import { csvRows } from "./csv_rows.ts";
import { FeedFailure, type FeedRow, type RowError } from "./feed_row.ts";
import { requireUtf8, textOf } from "./feed_text.ts";
import { jsonRows } from "./json_rows.ts";
import { type Product, productReader, requiredColumns } from "./product.ts";

/** Where partners' feeds are put, each in its partner's folder. */
const feedsBucket = "modera-feeds";

/** Rows of one feed at most. */
const maxRows = 50_000;

/** Rows that are written in one transaction; an interruption costs less than one batch. */
const batchRows = 1000;

const workShape = z.object({
  import_id: z.uuid(),
  done: z.boolean(),
  path: z.string(),
  format: z.enum(["csv", "json"]),
  rows_read: z.int(),
  input: z.enum(["intact", "changed", "missing"]),
  domains: z.array(z.string()),
  currency: z.string(),
  currencies: z.record(z.string(), z.int()),
});

type FeedWork = z.infer<typeof workShape>;

/** The jobs of feeds by kind. */
export function feedJobs(storage: () => Storage): Record<string, JobHandler> {
  return { "modera.feed-import": feedImportJob(storage) };
}

/**
 * Imports a feed row by row in batches; each batch and how far it came are one transaction, so an
 * attempt goes on where the one before was interrupted. What is wrong with the feed as a whole ends
 * the import, and says why.
 */
export function feedImportJob(storage: () => Storage): JobHandler {
  return async ({ payload }, context): Promise<JobResult> => {
    const { import_id } = z.object({ import_id: z.uuid() }).parse(payload);
    const work = readAnswer(
      workShape,
      await context.service.rpc("modera", "begin_feed_import", { import_id }),
    );
    if (work.done) return { done: {} };
    try {
      const file = await fileOf(storage(), work);
      const rows = await importRows(file, work, context);
      if (rows === undefined) return { retry: "The worker's time was over." };
      const args = { import_id, rows };
      return { done: await context.service.rpc("modera", "finish_feed_import", args) };
    } catch (error) {
      if (!(error instanceof FeedFailure)) throw error;
      const { code, message } = error;
      return {
        done: await context.service.rpc("modera", "fail_feed_import", { import_id, code, message }),
      };
    }
  };
}

async function fileOf(storage: Storage, { input, path }: FeedWork): Promise<Blob> {
  if (input !== "intact") {
    throw new FeedFailure(`input_${input}`, "The file is not the one that was there at the start.");
  }
  const { data, error } = await storage.from(feedsBucket).download(path);
  if (error) throw storageProblem(error);
  await requireUtf8(data);
  return data;
}

/** Imports what was not imported before. The number of rows, or undefined when time ran out. */
async function importRows(
  file: Blob,
  work: FeedWork,
  { service, signal, report }: JobContext,
): Promise<number | undefined> {
  const read = productReader(work);
  let done = work.rows_read;
  for await (const batch of batches(rowsOf(file, work), done)) {
    if (signal.aborted) return undefined;
    if (done + batch.length > maxRows) {
      throw new FeedFailure(
        "too_many_rows",
        `A feed may have ${maxRows} rows; what came first is imported.`,
      );
    }
    done = await importBatch(service, work.import_id, done, batch.length, read(batch));
    await report({ rows: done });
  }
  return done;
}

async function importBatch(
  service: Session,
  import_id: string,
  first_row: number,
  rows: number,
  batch: { products: Product[]; errors: RowError[] },
): Promise<number> {
  const args = { import_id, first_row, rows, batch: batch as unknown as Json };
  const answer = await service.rpc("modera", "import_feed_rows", args);
  return readAnswer(z.object({ rows_read: z.int() }), answer).rows_read;
}

function rowsOf(file: Blob, { format }: FeedWork): AsyncIterable<FeedRow[]> {
  return format === "csv" ? csvRows(textOf(file), requiredColumns) : jsonRows(textOf(file));
}

/** The rows after the first `skipped` ones, in batches that are the same in every attempt. */
async function* batches(
  pieces: AsyncIterable<FeedRow[]>,
  skipped: number,
): AsyncGenerator<FeedRow[]> {
  let batch: FeedRow[] = [];
  for await (const rows of pieces) {
    for (const row of rows) {
      if (skipped > 0) skipped--;
      else if (batch.push(row) === batchRows) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}
