import { problem } from "../http/problem.ts";
import { downloadArtwork } from "../predictions/download.ts";
import { predictNow } from "../predictions/predict_now.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { ProviderError } from "../predictions/provider_error.ts";
import { signedAddress, type Storage } from "../storage/storage.ts";
import { imagesBucket } from "./pictures.ts";

/** The provider must have fetched the picture by then, in seconds. */
const inputSeconds = 120;

/**
 * A stored picture as a PNG of 8 bits, upright and in sRGB, made by a provider: functions can read PNGs, and hosted ones take no native code.
 *
 * @param longest pixels that its longer side has at most
 * @throws Problem `provider_unavailable` (503) when nobody makes it now; `format_unavailable` (409) when it cannot be made.
 */
export async function rendition(
  storage: Storage,
  path: string,
  provider: () => PredictionProvider,
  longest?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = await signedAddress(storage, { bucket: imagesBucket, path }, inputSeconds);
  const input = longest === undefined ? { image } : { image, longest };
  try {
    const maker = provider();
    const output = await predictNow(maker, { operation: "rendition", input });
    return (await downloadArtwork(output.image ?? "", maker.outputHosts)).bytes;
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    if (cause.code === "provider_unavailable") {
      throw problem("provider_unavailable", "This is not possible now. Nothing was charged.", {
        retryAfterSeconds: 30,
        cause,
      });
    }
    throw problem("format_unavailable", "This picture can be had as it is only.", {
      extra: { formats: ["original"] },
      cause,
    });
  }
}
