export { type Storage, storageFromEnv, storageProblem } from "../storage/storage.ts";
import { signedAddress as addressOf, type Storage } from "../storage/storage.ts";

/** Where users put pictures, and where results are put for them. Neither is public. */
export const inputsBucket = "modera-inputs";
export const resultsBucket = "modera-results";

/**
 * An address that serves a stored picture for `seconds`.
 *
 * @throws Problem `internal` when Storage gives none.
 */
export function signedAddress(
  storage: Storage,
  bucket: string,
  path: string,
  seconds: number,
): Promise<string> {
  return addressOf(storage, { bucket, path }, seconds);
}
