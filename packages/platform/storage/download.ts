import type { Blobs } from "./blobs.ts";
import type { ObjectRow } from "./objects.ts";
import { objectNotFound } from "./problem.ts";

/** The bytes of an object with its headers; `?download[=name]` makes browsers save it. */
export async function download(
  request: Request,
  row: ObjectRow | undefined,
  blobs: Blobs,
): Promise<Response> {
  const body = row && await blobs.read(row.version);
  if (!row || !body) throw objectNotFound();
  const { metadata } = row;
  const headers = new Headers({
    "content-type": metadata.mimetype,
    "content-length": String(metadata.size),
    "cache-control": metadata.cacheControl,
    "etag": metadata.eTag,
    "last-modified": new Date(metadata.lastModified).toUTCString(),
    // What users uploaded must never run as a page of this origin.
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
  });
  const name = new URL(request.url).searchParams.get("download");
  if (name !== null) {
    const file = encodeURIComponent(name || row.name.split("/").at(-1)!);
    headers.set("content-disposition", `attachment; filename*=UTF-8''${file}`);
  }
  if (request.headers.get("if-none-match") === metadata.eTag) {
    await body.cancel();
    return new Response(null, { status: 304, headers });
  }
  if (request.method === "HEAD") {
    await body.cancel();
    return new Response(null, { headers });
  }
  return new Response(body, { headers });
}

/** What `info` answers. */
export function infoOf(row: ObjectRow): Record<string, unknown> {
  const { metadata } = row;
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    bucket_id: row.bucket_id,
    size: metadata.size,
    content_type: metadata.mimetype,
    cache_control: metadata.cacheControl,
    etag: metadata.eTag,
    metadata: row.user_metadata,
    last_modified: metadata.lastModified,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
