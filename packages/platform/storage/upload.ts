import { Buffer } from "node:buffer";
import type { Blobs } from "./blobs.ts";
import type { Caller } from "./caller.ts";
import type { ObjectPath } from "./object_path.ts";
import {
  type BucketRow,
  findBucket,
  findObject,
  insertObject,
  type ObjectMetadata,
  ownerOf,
} from "./objects.ts";
import { StorageProblem, tooLarge } from "./problem.ts";
import { type AsCaller, service } from "./session.ts";

const defaultLimit = 50 * 1024 * 1024;

interface Incoming {
  body: ReadableStream<Uint8Array> | null;
  mimeType: string;
  cacheControl: string;
  userMetadata: Record<string, unknown> | null;
  /** As far as it is known before reading. */
  length: number | null;
}

/** Takes an upload: raw bytes, or a form whose file storage-js leaves unnamed. */
export async function upload(
  request: Request,
  path: ObjectPath,
  options: { caller: Caller; upsert: boolean; asCaller: AsCaller; blobs: Blobs },
): Promise<Response> {
  const { caller, upsert, asCaller, blobs } = options;
  const bucket = await asCaller(service, (tx) => findBucket(tx, path.bucket));
  const limit = Number(bucket.file_size_limit ?? defaultLimit);
  const incoming = await read(request, limit);
  check(incoming, bucket, limit);

  const blob = await blobs.write(incoming.body, limit);
  const metadata: ObjectMetadata = {
    eTag: blob.etag,
    size: blob.size,
    mimetype: incoming.mimeType,
    cacheControl: incoming.cacheControl,
    lastModified: new Date().toISOString(),
    contentLength: blob.size,
    httpStatusCode: 200,
  };
  const draft = {
    path,
    version: blob.version,
    metadata,
    userMetadata: incoming.userMetadata,
    owner: ownerOf(caller.claims),
  };
  try {
    const before = upsert ? await asCaller(service, (tx) => findObject(tx, path)) : undefined;
    await asCaller(caller, (tx) => insertObject(tx, draft, upsert));
    if (before) await blobs.remove(before.version);
  } catch (reason) {
    await blobs.remove(blob.version);
    throw reason;
  }
  const row = await asCaller(service, (tx) => findObject(tx, path));
  return Response.json({ Id: row?.id, Key: `${path.bucket}/${path.name}` });
}

async function read(request: Request, limit: number): Promise<Incoming> {
  const { headers } = request;
  const length = headers.has("content-length") ? Number(headers.get("content-length")) : null;
  if (!headers.get("content-type")?.startsWith("multipart/form-data")) {
    return {
      body: request.body,
      mimeType: headers.get("content-type") ?? "application/octet-stream",
      cacheControl: headers.get("cache-control") ?? "no-cache",
      userMetadata: parseMetadata(headers.get("x-metadata"), atob),
      length,
    };
  }
  // A form is read whole: its parts cannot be told apart before. Its own length bounds it.
  if (length === null || length > limit + 64 * 1024) throw tooLarge();
  const form = await namedForm(request).catch(() => {
    throw new StorageProblem(400, "InvalidRequest", "The form cannot be read");
  });
  const file = [...form.values()].find((value) => value instanceof File);
  if (!file) throw new StorageProblem(400, "InvalidRequest", "The form has no file");
  return {
    body: file.stream(),
    mimeType: file.type || "application/octet-stream",
    cacheControl: `max-age=${form.get("cacheControl") ?? 3600}`,
    userMetadata: parseMetadata(form.get("metadata"), (text) => text),
    length: file.size,
  };
}

/** The form with a name for the file: storage-js gives it none, and Deno leaves nameless parts out. */
async function namedForm(request: Request): Promise<FormData> {
  const bytes = Buffer.from(await request.arrayBuffer());
  const nameless = bytes.indexOf('name=""; filename=');
  const parts = nameless < 0 ? [bytes] : [
    bytes.subarray(0, nameless),
    Buffer.from('name="file"'),
    bytes.subarray(nameless + 'name=""'.length),
  ];
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  return await new Response(new Blob(parts), { headers }).formData();
}

function check({ mimeType, length }: Incoming, bucket: BucketRow, limit: number): void {
  if (length !== null && length > limit) throw tooLarge();
  const type = mimeType.split(";")[0]!.trim().toLowerCase();
  const allowed = bucket.allowed_mime_types;
  const matches = (pattern: string) =>
    pattern === type || (pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1)));
  if (allowed && allowed.length > 0 && !allowed.some(matches)) {
    throw new StorageProblem(415, "invalid_mime_type", `mime type ${type} is not supported`);
  }
}

function parseMetadata(
  text: unknown,
  decode: (text: string) => string,
): Record<string, unknown> | null {
  if (typeof text !== "string" || text === "") return null;
  try {
    const value: unknown = JSON.parse(decode(text));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : null;
  } catch {
    throw new StorageProblem(400, "InvalidRequest", "The metadata is not JSON");
  }
}
