import { readAtMost } from "../http/read_at_most.ts";
import type { OutputFile } from "./kind.ts";
import { type OutputType, pictureType } from "./picture_type.ts";
import { isPlainDrawing } from "./plain_drawing.ts";
import { ProviderError } from "./provider_error.ts";

const maxOutputBytes = 20 * 1024 * 1024;
/** What is printed is larger: as much as the bucket takes. */
const maxArtworkBytes = 50 * 1024 * 1024;
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
  const bytes = await fetchOutput(address, hosts, maxOutputBytes);
  const mimeType = pictureType(bytes);
  if (!mimeType) throw refused("The output is not a picture.");
  return { bytes, mimeType };
}

/** As `downloadOutput`, of up to 50 MB; an SVG that holds shapes and nothing else is taken too. */
export async function downloadArtwork(
  address: string,
  hosts: readonly string[],
): Promise<OutputFile<OutputType>> {
  const bytes = await fetchOutput(address, hosts, maxArtworkBytes);
  const mimeType = pictureType(bytes) ?? (isPlainDrawing(bytes) ? "image/svg+xml" : undefined);
  if (!mimeType) throw refused("The output is neither a picture nor a plain drawing.");
  return { bytes, mimeType };
}

async function fetchOutput(
  address: string,
  hosts: readonly string[],
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
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
  const bytes = await readAtMost(response.body, maxBytes).catch(unreachable);
  if (!bytes) throw refused(`The output is larger than ${maxBytes} bytes.`);
  return bytes;
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
