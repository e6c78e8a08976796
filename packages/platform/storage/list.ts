import type { TransactionSql } from "postgres";
import type { ObjectRow } from "./objects.ts";
import { StorageProblem } from "./problem.ts";

const columns = ["name", "updated_at", "created_at", "last_accessed_at"];

/** The entries directly under a folder: objects, and folders with a null id, as the caller may see them. */
export async function list(
  tx: TransactionSql,
  bucket: string,
  body: Record<string, unknown>,
): Promise<unknown[]> {
  const { prefix = "", search = "", limit = 100, offset = 0, sortBy } = body;
  const { column = "name", order = "asc" } = (sortBy ?? {}) as { column?: string; order?: string };
  if (
    typeof prefix !== "string" || typeof search !== "string" || !Number.isInteger(limit) ||
    !Number.isInteger(offset) ||
    Number(limit) < 1 || Number(limit) > 1000 || Number(offset) < 0 || !columns.includes(column)
  ) throw new StorageProblem(400, "InvalidRequest", "The list options are not valid");

  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const descending = String(order).toLowerCase() === "desc";
  return await tx<(ObjectRow & { id: string | null })[]>`
    with entries as (
      select o.*, split_part(substr(o.name, length(${folder}) + 1), '/', 1) as entry,
        position('/' in substr(o.name, length(${folder}) + 1)) > 0 as is_folder
      from storage.objects o
      where o.bucket_id = ${bucket} and starts_with(o.name, ${folder})
    ),
    listed as (
      select entry as name, id, updated_at, created_at, last_accessed_at, metadata from entries where not is_folder
      union all
      select entry, null, null, null, null, null from entries where is_folder group by entry
    )
    select * from listed where starts_with(lower(name), lower(${search}))
    order by ${tx(column)} ${descending ? tx`desc nulls last` : tx`asc nulls first`}, name
    limit ${Number(limit)} offset ${Number(offset)}`;
}
