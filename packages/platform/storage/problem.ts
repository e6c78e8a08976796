/** An error in the form that storage-js reads. */
export class StorageProblem extends Error {
  constructor(readonly status: number, readonly error: string, message: string) {
    super(message);
  }

  toResponse(): Response {
    const { status, error, message } = this;
    return Response.json({ statusCode: String(status), error, message }, { status });
  }
}

/** No such object, or none that the caller may see. */
export const objectNotFound = () => new StorageProblem(404, "not_found", "Object not found");

/** No such bucket. */
export const bucketNotFound = () => new StorageProblem(404, "Bucket not found", "Bucket not found");

/** More bytes than the bucket takes. */
export const tooLarge = () =>
  new StorageProblem(413, "Payload too large", "The object exceeded the maximum allowed size");

/** The problem that an error of Postgres stands for. */
export function problemOfSql(reason: unknown): unknown {
  const code = (reason as { code?: string } | null)?.code;
  if (code === "42501") {
    return new StorageProblem(403, "Unauthorized", "new row violates row-level security policy");
  }
  if (code === "23505") return new StorageProblem(409, "Duplicate", "The resource already exists");
  if (code === "23503") return bucketNotFound();
  return reason;
}
