import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { Problem } from "../database/problem.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Code, problemCodes } from "../http/problem_codes.ts";
import { type Route, route } from "../http/route.ts";
import { type Storage, storedBytes, storeFile, uploadAddress } from "../storage/storage.ts";
import { inspectPicture } from "./inspect/inspect.ts";
import { withoutNotes } from "./strip/strip.ts";
import { imagesBucket, showImage, shownImage, storedImage } from "./pictures.ts";

const reserved = z.object({
  image_id: z.uuid(),
  bucket: z.string(),
  path: z.string(),
  token: z.string().describe("For uploadToSignedUrl of supabase-js"),
  url: z.url().describe("Takes the file by PUT, once, within two hours"),
});

const uploaded = z.object({
  user_id: z.uuid(),
  path: z.string().nullable(),
  file: z.object({ etag: z.string(), size: z.int() }).nullable(),
  max_bytes: z.int(),
  image: storedImage,
});

/**
 * `POST /` makes room for a picture and gives the address that takes its file; `POST /:id` says that the file is there: it is
 * looked at, and is a picture of the caller's from then on, or refused by name and deleted.
 */
export function uploadRoutes(storage: Storage): Route[] {
  return [reserveRoute(storage), confirmRoute(storage)];
}

function reserveRoute(storage: Storage): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Make room for a picture, within the caller's plan; the file goes to the address.",
    limit: { calls: 60, seconds: 60 },
    examples: {
      "A logo": { body: { filename: "logo.png", size: 4096, content_type: "image/png" } },
    },
    body: z.strictObject({
      filename: z.string().min(1).max(255),
      size: z.int().min(1).max(52_428_800).describe("Bytes"),
      content_type: z.string().max(100),
    }),
    answers: { 201: reserved },
    async handle({ db, body }) {
      const { filename, size: file_size, content_type } = body;
      const answer = await db.rpc("dtf", "reserve_image", { filename, file_size, content_type });
      const { image_id, path } = readAnswer(
        z.object({ image_id: z.uuid(), path: z.string() }),
        answer,
      );
      const address = await uploadAddress(storage, { bucket: imagesBucket, path });
      return { status: 201, body: { image_id, bucket: imagesBucket, path, ...address } };
    },
  });
}

function confirmRoute(storage: Storage): Route {
  return route({
    method: "POST",
    path: "/:id",
    auth: "user",
    summary: "Say that the file is there: it is looked at, and kept or refused. May be repeated.",
    limit: { calls: 60, seconds: 60 },
    examples: { "What was uploaded": { params: { id: exampleIds.uploadedImage } } },
    params: z.object({ id: z.uuid() }),
    answers: { 200: shownImage },
    async handle({ db, service, params, log }) {
      const found = readAnswer(
        uploaded,
        await db.rpc("dtf", "uploaded_image", { image_id: params.id }),
      );
      const { image, user_id } = found;
      if (image.status === "failed") throw refusedBefore(image.error);
      if (image.status !== "pending" || !found.file || !found.path) {
        return { status: 200, body: await showImage(storage, image) };
      }
      try {
        const facts = await factsOf(storage, found.path, found.file.size, found.max_bytes);
        const confirmed = await service.rpc("dtf", "confirm_image", {
          image_id: image.image_id,
          user_id,
          etag: found.file.etag,
          facts,
        });
        return { status: 200, body: await showImage(storage, confirmed) };
      } catch (error) {
        if (!(error instanceof Problem) || ![413, 415, 422].includes(error.status)) throw error;
        log.info("image_refused", { image_id: image.image_id, code: error.code });
        await refuse(service, { image_id: image.image_id, user_id, code: error.code });
        throw error;
      }
    },
  });
}

async function refuse(
  service: Session,
  refusal: { image_id: string; user_id: string; code: string },
): Promise<void> {
  await service.rpc("dtf", "refuse_image", refusal);
}

/** What was refused once is refused in the same words. */
function refusedBefore(code: string | null): Problem {
  const known = code !== null && Object.hasOwn(problemCodes, code) ? code as Code : null;
  return known
    ? problem(known, problemCodes[known].meaning)
    : problem("illegal_transition", "The picture failed. Upload it again.");
}

async function factsOf(storage: Storage, path: string, size: number, maxBytes: number) {
  if (size > maxBytes) {
    throw problem("payload_too_large", "The file is larger than your plan takes.", {
      extra: { max_bytes: maxBytes },
    });
  }
  const bytes = await storedBytes(storage, { bucket: imagesBucket, path });
  const { type, width, height, hasAlpha, dpi } = inspectPicture(bytes);
  const kept = withoutNotes(bytes, type);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const facts = { type, size: kept.length, width, height, has_alpha: hasAlpha, dpi, sha256 };
  if (kept === bytes) return facts;
  const clean = `${path}-clean`;
  await storeFile(storage, { bucket: imagesBucket, path: clean }, kept, type);
  return { ...facts, path: clean };
}
