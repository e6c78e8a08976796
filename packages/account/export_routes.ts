import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { signedAddress, type Storage } from "../storage/storage.ts";
import { exportsBucket } from "./export_jobs.ts";

/** How long an archive's address serves it, in seconds. */
const addressSeconds = 600;

const found = z.object({
  export_id: z.uuid(),
  state: z.enum(["queued", "ready", "failed", "deleted"]),
  path: z.string().nullable(),
  size: z.int().nullable(),
  failure: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
});

const shown = found.omit({ path: true }).extend({
  size: z.int().nullable().describe("Bytes"),
  url: z.url().nullable().describe("Serves the archive for ten minutes"),
  expires_at: z.string().nullable().describe("When the archive is deleted"),
});

/**
 * `POST /` asks for an archive of everything about the caller, `GET /:id` tells how it stands and where
 * it can be fetched.
 *
 * @param storage with the service's rights: people reach their archives by signed addresses alone.
 */
export function exportRoutes(storage: Storage): Route[] {
  const show = async (answer: unknown): Promise<z.infer<typeof shown>> => {
    const { path, ...rest } = readAnswer(found, answer);
    const file = path === null ? null : { bucket: exportsBucket, path };
    const url = file && await signedAddress(storage, file, addressSeconds, "my-data.zip");
    return { ...rest, url };
  };
  return [
    route({
      method: "POST",
      path: "/",
      auth: "user",
      summary: "Ask for an archive of everything about the caller. One at a time.",
      idempotent: true,
      limit: { calls: 10, seconds: 3600 },
      answers: { 202: shown },
      async handle({ db, idempotencyKey }) {
        const body = await show(await db.rpc("api", "request_export", { key: idempotencyKey }));
        return { status: 202, headers: { Location: body.export_id }, body };
      },
    }),
    route({
      method: "GET",
      path: "/:id",
      auth: "user",
      summary: "How an export of the caller stands, with the archive's address once there is one.",
      limit: { calls: 120, seconds: 60 },
      examples: { "How it stands": { params: { id: exampleIds.export } } },
      params: z.strictObject({ id: z.uuid() }),
      answers: { 200: shown },
      async handle({ db, params: { id } }) {
        const answer = await db.rpc("api", "read_export", { export_id: id });
        return { status: 200, body: await show(answer) };
      },
    }),
  ];
}
