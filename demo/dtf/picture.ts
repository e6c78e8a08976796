import assert from "node:assert/strict";
import { done, type Guest } from "../guest.ts";
import { until } from "../until.ts";

/** Uploads a picture as an app does: room is made, the file goes to its address, and is looked at. */
export async function uploadPicture({ tessera }: Guest, file: string) {
  const bytes = await Deno.readFile(file);
  const filename = file.split("/").at(-1) ?? "";
  const content_type = "image/png";
  const { image_id, url } = done(
    await tessera.images.reserve({ filename, size: bytes.length, content_type }),
  );
  const headers = { "content-type": content_type };
  const put = await fetch(url, { method: "PUT", body: bytes, headers });
  await put.body?.cancel();
  assert.ok(put.ok, `Storage answered ${put.status}`);
  return done(await tessera.images.confirm(image_id));
}

/** How a request stands, as every operation tells it. */
type Chain = NonNullable<
  Awaited<ReturnType<Guest["tessera"]["operations"]["upscale"]["get"]>>["data"]
>;

/** Looks until all steps of a request are done. */
export async function finished(
  { tessera }: Guest,
  { chain_id }: { chain_id: string },
): Promise<Chain> {
  const chain = await until(
    "the end of the chain",
    async () => done(await tessera.operations.upscale.get(chain_id)),
    ({ status }) => status === "completed" || status === "failed",
    90,
  );
  assert.equal(chain.status, "completed", JSON.stringify(chain.operations));
  return chain;
}

/** The file at an address that an answer gave. */
export async function fileAt(url: string | null | undefined): Promise<Uint8Array> {
  const answer = await fetch(url ?? "");
  assert.ok(answer.ok, `${url} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Steps with what each took and cost, in one line. */
export function receiptOf({ operations, credits_used }: Chain): string {
  const steps = operations.map(({ operation, price, seconds }) =>
    `${operation} ${price} (${seconds} s)`
  );
  return `${steps.join(", ")}: ${credits_used} credits`;
}
