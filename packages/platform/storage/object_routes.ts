import type { Context, Hono } from "hono";
import type { Keys } from "../keys.ts";
import type { Blobs } from "./blobs.ts";
import { callerOf } from "./caller.ts";
import { download, infoOf } from "./download.ts";
import { list } from "./list.ts";
import { objectName, type ObjectPath, objectPath } from "./object_path.ts";
import { findBucket, findObject, insertObject, ownerOf } from "./objects.ts";
import { objectNotFound } from "./problem.ts";
import { type AsCaller, service } from "./session.ts";
import { expirySeconds, type SignedUrls } from "./signed_urls.ts";
import { upload } from "./upload.ts";

/** What the routes work with. */
export interface Parts {
  keys: Keys;
  asCaller: AsCaller;
  blobs: Blobs;
  urls: SignedUrls;
}

const uploadSeconds = 2 * 60 * 60;
const base = "/storage/v1/object";

/** Everything about objects. Paths that begin with a word of their own come before the general ones. */
export function objectRoutes(app: Hono, parts: Parts): void {
  const { keys, asCaller, blobs, urls } = parts;
  const below = (c: Context, prefix: string) =>
    objectPath(new URL(c.req.url).pathname.slice(`${base}/${prefix}`.length));
  const token = (c: Context) => new URL(c.req.url).searchParams.get("token");
  const seen = async (c: Context, path: ObjectPath) => {
    const row = await asCaller(await callerOf(c.req.raw, keys), (tx) => findObject(tx, path));
    if (!row) throw objectNotFound();
    return row;
  };

  app.post(`${base}/upload/sign/:bucket/*`, async (c) => {
    const path = below(c, "upload/sign/");
    const caller = await callerOf(c.req.raw, keys);
    const owner = ownerOf(caller.claims);
    const upsert = c.req.header("x-upsert") === "true";
    await mayInsert(parts, caller, path, upsert);
    const signed = await urls.token("upload", path, uploadSeconds, { owner, upsert });
    return c.json({
      url: `/object/upload/sign/${encodePath(path)}?token=${signed}`,
      token: signed,
    });
  });
  app.put(`${base}/upload/sign/:bucket/*`, async (c) => {
    const path = below(c, "upload/sign/");
    const { owner, upsert } = await urls.check("upload", path, token(c));
    const caller = { ...service, claims: { ...service.claims, ...(owner ? { sub: owner } : {}) } };
    return await upload(c.req.raw, path, { caller, upsert, asCaller, blobs });
  });

  app.post(`${base}/sign/:bucket`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const { expiresIn, paths } = await c.req.json();
    const seconds = expirySeconds(expiresIn);
    const answers = await Promise.all((paths as unknown[]).map(async (given) => {
      const path = { bucket: c.req.param("bucket"), name: objectName(given) };
      const row = await asCaller(caller, (tx) => findObject(tx, path));
      if (!row) {
        return {
          error: "Either the object does not exist or you do not have access to it",
          path: given,
          signedURL: null,
        };
      }
      return { error: null, path: given, signedURL: await signedAddress(urls, path, seconds) };
    }));
    return c.json(answers);
  });
  app.post(`${base}/sign/:bucket/*`, async (c) => {
    const path = below(c, "sign/");
    const seconds = expirySeconds((await c.req.json())["expiresIn"]);
    await seen(c, path);
    return c.json({ signedURL: await signedAddress(urls, path, seconds) });
  });
  app.get(`${base}/sign/:bucket/*`, async (c) => {
    const path = below(c, "sign/");
    await urls.check("download", path, token(c));
    return await download(c.req.raw, await asCaller(service, (tx) => findObject(tx, path)), blobs);
  });

  app.post(`${base}/list/:bucket`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const body = await c.req.json();
    return c.json(await asCaller(caller, (tx) => list(tx, c.req.param("bucket"), body)));
  });
  app.post(`${base}/move`, async (c) => {
    const { source, target } = await sourceAndTarget(c);
    const caller = await callerOf(c.req.raw, keys);
    await seen(c, source);
    const moved = await asCaller(
      caller,
      (tx) =>
        tx`update storage.objects set bucket_id = ${target.bucket}, name = ${target.name}, updated_at = pg_catalog.now()
        where bucket_id = ${source.bucket} and name = ${source.name}`,
    );
    if (moved.count === 0) throw objectNotFound();
    return c.json({ message: "Successfully moved" });
  });
  app.post(`${base}/copy`, async (c) => {
    const { source, target } = await sourceAndTarget(c);
    const caller = await callerOf(c.req.raw, keys);
    const row = await seen(c, source);
    const version = await blobs.copy(row.version);
    const draft = {
      path: target,
      version,
      metadata: row.metadata,
      userMetadata: row.user_metadata,
      owner: ownerOf(caller.claims),
    };
    await asCaller(caller, (tx) => insertObject(tx, draft, false)).catch(async (reason) => {
      await blobs.remove(version);
      throw reason;
    });
    return c.json({ Key: `${target.bucket}/${target.name}` });
  });

  app.get(`${base}/info/:bucket/*`, async (c) => c.json(infoOf(await seen(c, below(c, "info/")))));
  app.get(`${base}/public/:bucket/*`, async (c) => {
    const path = below(c, "public/");
    const bucket = await asCaller(service, (tx) => findBucket(tx, path.bucket));
    if (!bucket.public) throw objectNotFound();
    return await download(c.req.raw, await asCaller(service, (tx) => findObject(tx, path)), blobs);
  });
  app.get(
    `${base}/authenticated/:bucket/*`,
    async (c) => await download(c.req.raw, await seen(c, below(c, "authenticated/")), blobs),
  );

  app.delete(`${base}/:bucket`, async (c) => {
    const caller = await callerOf(c.req.raw, keys);
    const names = ((await c.req.json())["prefixes"] as unknown[]).map(objectName);
    const removed = await asCaller(
      caller,
      (tx) =>
        tx`delete from storage.objects where bucket_id = ${
          c.req.param("bucket")
        } and name = any (${names}) returning *`,
    );
    await Promise.all(removed.map((row) => blobs.remove(row["version"])));
    return c.json(removed);
  });
  app.on(["POST", "PUT"], `${base}/:bucket/*`, async (c) => {
    const upsert = c.req.method === "PUT" || c.req.header("x-upsert") === "true";
    const caller = await callerOf(c.req.raw, keys);
    return await upload(c.req.raw, below(c, ""), { caller, upsert, asCaller, blobs });
  });
  app.get(
    `${base}/:bucket/*`,
    async (c) => await download(c.req.raw, await seen(c, below(c, "")), blobs),
  );
}

/** Whether the policies would let the caller insert here: tried, and undone. */
async function mayInsert(
  { asCaller }: Parts,
  caller: Parameters<AsCaller>[0],
  path: ObjectPath,
  upsert: boolean,
): Promise<void> {
  const undone = new Error("undone");
  const metadata = {
    eTag: "",
    size: 0,
    mimetype: "",
    cacheControl: "",
    lastModified: "",
    contentLength: 0,
    httpStatusCode: 200,
  };
  const draft = {
    path,
    version: crypto.randomUUID(),
    metadata,
    userMetadata: null,
    owner: ownerOf(caller.claims),
  };
  await asCaller(caller, async (tx) => {
    await insertObject(tx, draft, upsert);
    throw undone;
  }).catch((reason) => {
    if (reason !== undone) throw reason;
  });
}

async function signedAddress(urls: SignedUrls, path: ObjectPath, seconds: number): Promise<string> {
  return `/object/sign/${encodePath(path)}?token=${await urls.token("download", path, seconds)}`;
}

/** storage-js encodes the address again, so nothing is encoded here. */
function encodePath({ bucket, name }: ObjectPath): string {
  return `${bucket}/${name}`;
}

async function sourceAndTarget(c: Context): Promise<{ source: ObjectPath; target: ObjectPath }> {
  const { bucketId, sourceKey, destinationKey, destinationBucket } = await c.req.json();
  return {
    source: { bucket: String(bucketId), name: objectName(sourceKey) },
    target: { bucket: String(destinationBucket ?? bucketId), name: objectName(destinationKey) },
  };
}
