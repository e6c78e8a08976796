import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { invalidRequest } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import type { Storage } from "../storage/storage.ts";
import { showImage, showImages, shownImage } from "./pictures.ts";

const params = z.object({ id: z.uuid() });
const example = { params: { id: exampleIds.image } };

/** The caller's pictures: a page of them, one, its name, mark and print, and its end. */
export function imageRoutes(storage: Storage): Route[] {
  return [listRoute(storage), readRoute(storage), changeRoute(storage), deleteRoute];
}

function listRoute(storage: Storage): Route {
  return route({
    method: "GET",
    path: "/",
    auth: "user",
    summary: "The caller's pictures page by page, newest first.",
    limit: { calls: 300, seconds: 60 },
    examples: { "All of them": {}, "Favourites": { query: { favorite: "true", page_size: 20 } } },
    query: z.strictObject({
      cursor: z.string().max(200).optional(),
      page_size: z.coerce.number().int().min(1).max(100).default(50),
      favorite: z.enum(["true", "false"]).optional(),
      status: z.enum(["pending", "processing", "completed", "failed"]).optional(),
    }),
    answers: {
      200: z.object({ images: z.array(shownImage), next_cursor: z.string().nullable() }),
    },
    async handle({ db, query }) {
      const { before, before_id } = readCursor(query.cursor);
      const answer = await db.rpc("dtf", "own_images", {
        before,
        before_id,
        page_size: query.page_size,
        favorite: query.favorite === undefined ? null : query.favorite === "true",
        status: query.status ?? null,
      });
      const images = await showImages(storage, answer);
      const last = images.at(-1);
      const next_cursor = last && images.length === query.page_size
        ? `${last.created_at}/${last.image_id}`
        : null;
      return { status: 200, body: { images, next_cursor } };
    },
  });
}

/** A cursor is the last picture's time and id. */
function readCursor(cursor: string | undefined) {
  if (cursor === undefined) return { before: null, before_id: null };
  const [before, before_id] = cursor.split("/");
  const read = z.object({ before: z.iso.datetime({ offset: true }), before_id: z.uuid() })
    .safeParse({ before, before_id });
  if (!read.success) {
    throw invalidRequest([{ field: "cursor", message: "Give the next_cursor of an answer." }]);
  }
  return read.data;
}

function readRoute(storage: Storage): Route {
  return route({
    method: "GET",
    path: "/:id",
    auth: "user",
    summary: "One of the caller's pictures.",
    limit: { calls: 300, seconds: 60 },
    examples: { "One's own": example },
    params,
    answers: { 200: shownImage },
    async handle({ db, params: { id } }) {
      const answer = await db.rpc("dtf", "own_image", { image_id: id });
      return { status: 200, body: await showImage(storage, answer) };
    },
  });
}

function changeRoute(storage: Storage): Route {
  return route({
    method: "PATCH",
    path: "/:id",
    auth: "user",
    summary: "Rename a picture, mark it, or set how large it is printed.",
    limit: { calls: 120, seconds: 60 },
    examples: {
      "A favourite at 200 dpi": { ...example, body: { is_favorite: true, dpi: 200 } },
    },
    params,
    body: z.strictObject({
      filename: z.string().min(1).max(255).regex(/^[^\p{Cc}/\\]+$/u, "A name without slashes.")
        .optional(),
      is_favorite: z.boolean().optional(),
      dpi: z.int().min(36).max(2400).optional(),
      print_width_cm: z.number().min(0.1).max(1000).optional()
        .describe("The resolution follows from it; `dpi` comes before it"),
    }),
    answers: { 200: shownImage },
    async handle({ db, params: { id }, body }) {
      const { filename = null, is_favorite = null, dpi = null, print_width_cm = null } = body;
      const changes = { filename, is_favorite, dpi, print_width_cm };
      const answer = await db.rpc("dtf", "change_image", { image_id: id, ...changes });
      return { status: 200, body: await showImage(storage, answer) };
    },
  });
}

const deleted = z.object({ image_id: z.uuid(), deleted: z.literal(true) });

const deleteRoute = route({
  method: "DELETE",
  path: "/:id",
  auth: "user",
  summary: "Delete a picture with all its files.",
  limit: { calls: 120, seconds: 60 },
  examples: { "One's own": example },
  params,
  answers: { 200: deleted },
  async handle({ db, params: { id } }) {
    return {
      status: 200,
      body: readAnswer(deleted, await db.rpc("dtf", "delete_image", { image_id: id })),
    };
  },
});
