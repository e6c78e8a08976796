import type { OutputFile } from "./kind.ts";
import { ProviderError } from "./provider_error.ts";

const maxBytes = 20 * 1024 * 1024;
const timeoutMs = 30_000;

/**
 * Takes an output file from a provider, from its own hosts only, without following redirects, and looks at its first
 * bytes before it believes that it is a picture.
 *
 * @throws ProviderError: transient when the host does not answer; permanent for a foreign host, too large a file, or
 * something that is not a PNG, JPEG or WebP.
 */
export async function downloadOutput(
  address: string,
  hosts: readonly string[],
): Promise<OutputFile> {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || !hosts.includes(url.host)) {
    throw refused("The output is not on a host of the provider.");
  }
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) })
    .catch(unreachable);
  if (!response.ok) {
    await response.body?.cancel();
    if (response.status < 500 && response.status !== 429) {
      throw refused(`The output answered ${response.status}.`);
    }
    return unreachable(response.status);
  }
  const bytes = await readAtMost(response, maxBytes);
  const mimeType = pictureType(bytes);
  if (!mimeType) throw refused("The output is not a picture.");
  return { bytes, mimeType };
}

async function readAtMost(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: ReadableStream<Uint8Array> = response.body ?? new ReadableStream();
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    return unreachable(cause);
  }
  if (size > limit) throw refused(`The output is larger than ${limit} bytes.`);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The type by the first bytes: PNG, JPEG and RIFF/WEBP have fixed ones. */
function pictureType(bytes: Uint8Array): OutputFile["mimeType"] | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return undefined;
}

function refused(message: string): ProviderError {
  return new ProviderError("output_invalid", message, { transient: false });
}

function unreachable(cause: unknown): never {
  throw new ProviderError("provider_unavailable", "The output cannot be fetched now.", {
    transient: true,
    cause,
  });
}
