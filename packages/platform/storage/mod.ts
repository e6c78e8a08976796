import { Hono } from "hono";
import type { StorageOptions, StorageService } from "../contracts.ts";
import { Blobs } from "./blobs.ts";
import { bucketRoutes } from "./bucket_routes.ts";
import { objectRoutes } from "./object_routes.ts";
import { StorageProblem } from "./problem.ts";
import { asCallerOn } from "./session.ts";
import { SignedUrls } from "./signed_urls.ts";

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers":
    "authorization, apikey, content-type, x-client-info, x-upsert, x-metadata, cache-control",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
};

/** The Storage API of the platform: rows in storage.objects under row level security, bytes in files. */
export function createStorage({ sql, folder, keys }: StorageOptions): Promise<StorageService> {
  const app = new Hono();
  const parts = {
    keys,
    asCaller: asCallerOn(sql),
    blobs: new Blobs(folder),
    urls: new SignedUrls(keys.jwtSecret),
  };
  objectRoutes(app, parts);
  bucketRoutes(app, parts);
  app.notFound(() => new StorageProblem(404, "not_found", "Route not found").toResponse());
  app.onError((reason) => {
    if (reason instanceof StorageProblem) return reason.toResponse();
    if (reason instanceof SyntaxError || reason instanceof TypeError) {
      return new StorageProblem(400, "InvalidRequest", "The request cannot be read").toResponse();
    }
    return new StorageProblem(500, "InternalError", "Something went wrong").toResponse();
  });
  return Promise.resolve({
    async fetch(request) {
      const response = request.method === "OPTIONS"
        ? new Response(null, { status: 204 })
        : await app.fetch(request);
      for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
      return response;
    },
  });
}
