import type { TransactionSql } from "postgres";
import type { ObjectPath } from "./object_path.ts";
import { bucketNotFound } from "./problem.ts";

/** A row of storage.objects, as far as it is used. */
export interface ObjectRow {
  id: string;
  bucket_id: string;
  name: string;
  version: string;
  metadata: ObjectMetadata;
  user_metadata: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
}

export interface ObjectMetadata {
  eTag: string;
  size: number;
  mimetype: string;
  cacheControl: string;
  lastModified: string;
  contentLength: number;
  httpStatusCode: number;
}

/** A row of storage.buckets. */
export interface BucketRow {
  id: string;
  public: boolean;
  file_size_limit: string | null;
  allowed_mime_types: string[] | null;
}

/** What is written about an object. */
export interface ObjectDraft {
  path: ObjectPath;
  version: string;
  metadata: ObjectMetadata;
  userMetadata: Record<string, unknown> | null;
  owner: string | null;
}

/** The object that the caller may see under a path, or undefined. */
export async function findObject(
  tx: TransactionSql,
  { bucket, name }: ObjectPath,
): Promise<ObjectRow | undefined> {
  const [row] = await tx<ObjectRow[]>`
    select id, bucket_id, name, version, metadata, user_metadata, created_at, updated_at
    from storage.objects where bucket_id = ${bucket} and name = ${name}`;
  return row;
}

/** A bucket by its id; give a transaction of the service. */
export async function findBucket(tx: TransactionSql, id: string): Promise<BucketRow> {
  const [bucket] = await tx<BucketRow[]>`
    select id, public, file_size_limit, allowed_mime_types from storage.buckets where id = ${id}`;
  if (!bucket) throw bucketNotFound();
  return bucket;
}

/** Inserts an object as the caller, without reading it back: who may insert need not be able to read. */
export async function insertObject(
  tx: TransactionSql,
  draft: ObjectDraft,
  upsert: boolean,
): Promise<void> {
  const { path, version, metadata, userMetadata, owner } = draft;
  const row = {
    bucket_id: path.bucket,
    name: path.name,
    version,
    metadata: tx.json({ ...metadata }),
    user_metadata: userMetadata === null ? null : tx.json(userMetadata as Record<string, string>),
    owner,
    owner_id: owner,
  };
  await tx`insert into storage.objects ${tx(row)} ${
    upsert
      ? tx`on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
          user_metadata = excluded.user_metadata, updated_at = pg_catalog.now()`
      : tx``
  }`;
}

/** The user that owns what the caller uploads. */
export function ownerOf(claims: Record<string, unknown>): string | null {
  return typeof claims["sub"] === "string" ? claims["sub"] : null;
}
