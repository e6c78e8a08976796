import { Refusal } from "../refusal.ts";

const timeoutMs = 20_000;

/**
 * The bytes of a picture given as an address or a data URI.
 * @param maxBytes read no further than this
 * @throws Refusal `picture_too_large` or `picture_unreachable`.
 */
export async function readInput(source: string, maxBytes: number): Promise<Uint8Array> {
  const response = await fetch(source, { signal: AbortSignal.timeout(timeoutMs) }).catch(() =>
    null
  );
  if (!response?.ok || !response.body) {
    await response?.body?.cancel();
    throw new Refusal("picture_unreachable", "A picture could not be fetched.");
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(
    "picture_too_large",
    `A picture may have at most ${Math.floor(maxBytes / 1024 / 1024)} MB.`,
  );
}
