import type { Hono } from "hono";
import { callerOf } from "./caller.ts";
import type { Parts } from "./object_routes.ts";
import { bucketNotFound, StorageProblem } from "./problem.ts";

const base = "/storage/v1/bucket";

/** Buckets, under the policies of storage.buckets: without one only the service sees them. */
export function bucketRoutes(app: Hono, { keys, asCaller, blobs }: Parts): void {
  app.get(
    base,
    async (c) =>
      c.json(
        await asCaller(
          await callerOf(c.req.raw, keys),
          (tx) => tx`select * from storage.buckets order by id`,
        ),
      ),
  );
  app.get(`${base}/:id`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const [bucket] = await asCaller(
      caller,
      (tx) => tx`select * from storage.buckets where id = ${c.req.param("id")}`,
    );
    if (!bucket) throw bucketNotFound();
    return c.json(bucket);
  });
  app.post(base, async (c) => {
    const {
      id,
      name = id,
      public: isPublic = false,
      file_size_limit = null,
      allowed_mime_types = null,
    } = await c.req.json();
    const caller = await callerOf(c.req.raw, keys);
    await asCaller(
      caller,
      (tx) =>
        tx`insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
        values (${id ?? name}, ${name}, ${isPublic}, ${file_size_limit}, ${allowed_mime_types})`,
    );
    return c.json({ name });
  });
  app.put(`${base}/:id`, async (c) => {
    const { public: isPublic = null, file_size_limit = null, allowed_mime_types = null } = await c
      .req.json();
    const caller = await callerOf(c.req.raw, keys);
    const updated = await asCaller(
      caller,
      (tx) =>
        tx`update storage.buckets set public = coalesce(${isPublic}, public), file_size_limit = ${file_size_limit},
        allowed_mime_types = ${allowed_mime_types}, updated_at = pg_catalog.now() where id = ${
          c.req.param("id")
        }`,
    );
    if (updated.count === 0) throw bucketNotFound();
    return c.json({ message: "Successfully updated" });
  });
  app.post(`${base}/:id/empty`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const removed = await asCaller(
      caller,
      (tx) =>
        tx`delete from storage.objects where bucket_id = ${c.req.param("id")} returning version`,
    );
    await Promise.all(removed.map((row) => blobs.remove(row["version"])));
    return c.json({ message: "Successfully emptied" });
  });
  app.delete(`${base}/:id`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const removed = await asCaller(caller, async (tx) => {
      const [used] = await tx`select 1 from storage.objects where bucket_id = ${
        c.req.param("id")
      } limit 1`;
      if (used) {
        throw new StorageProblem(
          409,
          "InvalidRequest",
          "The bucket you tried to delete is not empty",
        );
      }
      return await tx`delete from storage.buckets where id = ${c.req.param("id")}`;
    });
    if (removed.count === 0) throw bucketNotFound();
    return c.json({ message: "Successfully deleted" });
  });
}
