import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { type Route, route } from "../../http/route.ts";
import { partnerCode } from "./partner_routes.ts";

const startBody = z.strictObject({
  partner: partnerCode,
  path: z.string().min(1).max(1024)
    .describe("A .csv, .json, .jsonl or .ndjson file in the partner's folder of modera-feeds"),
  mode: z.enum(["full", "partial"]).default("full")
    .describe("After a full feed, what it does not have becomes unavailable"),
});

const feedImport = z.object({
  import_id: z.uuid(),
  partner: z.string(),
  path: z.string(),
  mode: z.string(),
  status: z.enum(["queued", "running", "completed", "failed"]),
  rows_read: z.int(),
  rows_imported: z.int(),
  rows_refused: z.int(),
  made_unavailable: z.int(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
});

const errorPage = z.object({
  errors: z.array(z.object({
    line: z.int(),
    field: z.string().describe("Empty: the row as a whole"),
    code: z.string(),
    message: z.string(),
  })),
  next_cursor: z.string().nullable(),
});

const importId = z.object({ id: z.uuid() });

const errorsQuery = z.strictObject({
  cursor: z.string().regex(/^\d{1,18}$/, "Not one of ours.").optional(),
  page_size: z.coerce.number().int().min(1).max(500).default(100),
});

/** `POST /` begins an import, `GET /:id` tells how it stands, `GET /:id/errors` why rows were refused. */
export function feedRoutes(): Route[] {
  return [startRoute, readRoute, errorsRoute];
}

const startRoute = route({
  method: "POST",
  path: "/",
  auth: "admin",
  summary: "Import a partner's feed; one at a time for each partner.",
  idempotent: true,
  limit: { calls: 60, seconds: 60 },
  examples: {
    "All that the shop has": {
      body: { partner: exampleIds.partner, path: `${exampleIds.partner}/spring.csv`, mode: "full" },
    },
  },
  body: startBody,
  answers: { 202: feedImport },
  async handle({ db, body, idempotencyKey }) {
    const args = { ...body, key: idempotencyKey };
    const begun = readAnswer(feedImport, await db.rpc("modera", "start_feed_import", args));
    return { status: 202, headers: { Location: begun.import_id }, body: begun };
  },
});

const readRoute = route({
  method: "GET",
  path: "/:id",
  auth: "admin",
  summary: "How an import stands.",
  limit: { calls: 300, seconds: 60 },
  examples: { "How it stands": { params: { id: exampleIds.feedImport } } },
  params: importId,
  answers: { 200: feedImport },
  async handle({ db, params }) {
    const answer = await db.rpc("modera", "read_feed_import", { import_id: params.id });
    return { status: 200, body: readAnswer(feedImport, answer) };
  },
});

const errorsRoute = route({
  method: "GET",
  path: "/:id/errors",
  auth: "admin",
  summary: "Why rows of a feed were refused, in the order of the file.",
  limit: { calls: 300, seconds: 60 },
  examples: {
    "The first fifty": { params: { id: exampleIds.feedImport }, query: { page_size: 50 } },
  },
  params: importId,
  query: errorsQuery,
  answers: { 200: errorPage },
  async handle({ db, params, query: { cursor = null, page_size } }) {
    const args = { import_id: params.id, cursor, page_size };
    return {
      status: 200,
      body: readAnswer(errorPage, await db.rpc("modera", "list_feed_errors", args)),
    };
  },
});
