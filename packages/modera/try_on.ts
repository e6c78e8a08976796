import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { signedAddress, type Storage } from "../storage/storage.ts";
import { foundTryOn, startedTryOn, type TryOnProduct } from "../work/try_on.ts";
import { resultsBucket } from "./pictures.ts";

/** How long a result's address serves the picture, in seconds. */
const resultSeconds = 600;

const stored = foundTryOn.omit({ result_url: true }).extend({ result_path: z.string().nullable() });

/** MODERA's try-ons. SQL decides; Storage signs the address of a result that SQL has shown. */
export function moderaTryOns(storage: Storage): TryOnProduct {
  return {
    product: "modera",
    async start(caller, { person_path, garment_path, session_id = null }, key) {
      const request = { person_path, garment_path, key, session_id };
      return readAnswer(startedTryOn, await caller.rpc("modera", "start_try_on", request));
    },
    async read(caller, try_on_id) {
      const answer = await caller.rpc("modera", "try_on", { try_on_id });
      const { result_path, ...tryOn } = readAnswer(stored, answer);
      const result_url = result_path &&
        await signedAddress(storage, { bucket: resultsBucket, path: result_path }, resultSeconds);
      return { ...tryOn, result_url };
    },
  };
}
