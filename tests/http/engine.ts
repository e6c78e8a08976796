import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import type { User } from "../harness/platform.ts";
import { readTryOn, startTryOn, type TryOnBody, uploaded } from "./fitting_room.ts";
import { userWithCredits } from "./people.ts";

/** One of the pictures that the imaging engine's own tests use. */
export function fixture(name: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(`../../packages/imaging/fixtures/${name}`, import.meta.url));
}

/** A try-on of two pictures on the local engine by somebody with 50 credits, from the upload to its end. */
export async function tryOnLocally(
  person: Uint8Array,
  garment: Uint8Array,
): Promise<{ user: User; ended: TryOnBody }> {
  const user = await userWithCredits(50);
  const body = {
    person_path: await uploaded(user, person),
    garment_path: await uploaded(user, garment),
  };
  const begun = await startTryOn(user, { body });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const ended: TryOnBody = await eventually(
    () => readTryOn(user, begun.body.try_on_id),
    ({ status }) => !["active", "processing"].includes(status),
    60_000,
  );
  return { user, ended };
}
